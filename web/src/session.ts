// The connections of this page. `ddb` serves the screens, `shell` runs the user's scripts, so that a
// long script never stops the live views. Both are the unmodified package `dolphindb`.
import { DDB } from 'dolphindb/browser.js'
import { chinese } from './chinese.ts'
import { keep, load_kept } from './store.ts'

export enum Mode { data, agent, controller, single, compute }
export const mode_words = ['datanode', 'agent', 'controller', 'single', 'computenode']

export interface Session {
  ddb: DDB
  shell: DDB
  user: string
  is_admin: boolean
  mode: Mode
  alias: string
  controller: string
  version: string
}

const address = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`

export async function connect(ticket = ''): Promise<DDB> {
  const ddb = new DDB(address(), { autologin: false, ticket: ticket || undefined, verbose: false })
  await ddb.connect()
  if (ticket) await ddb.invoke('authenticateByTicket', [ticket], { urgent: true })
  return ddb
}

async function describe(ddb: DDB, ticket: string): Promise<Session> {
  const [, user] = await ddb.invoke<[unknown, string]>('getCurrentSessionAndUser')
  if (!user || user === 'guest') throw new Error('not logged in')
  const access = await ddb.invoke<any>('getUserAccess')
  const first = access?.data?.[0] ?? access?.[0]
  const mode = await ddb.invoke<Mode>('getNodeType')
  const alias = await ddb.invoke<string>('getNodeAlias')
  const controller = await ddb.invoke<string>('getControllerAlias')
  const version = (await ddb.invoke<string>('version')).split(' ')[0]
  const shell = await connect(ticket)
  return { ddb, shell, user, is_admin: Boolean(first?.isAdmin), mode, alias, controller: controller || alias, version }
}

export async function login(user: string, password: string): Promise<Session> {
  const ddb = await connect()
  try {
    await ddb.invoke('login', [user, password])
  } catch (problem) {
    ddb.disconnect()
    throw problem
  }
  const ticket = await ddb.invoke<string>('getAuthenticatedUserTicket')
  ddb.ticket = ticket
  const session = await describe(ddb, ticket)
  keep('ticket', ticket)
  keep('initialPassword', password === '123456' && user === 'admin' ? '1' : '')
  return session
}

/** The session of the kept ticket, or nothing when there is none or it has expired. Throws when the node gives no answer. */
export async function resume(): Promise<Session | undefined> {
  const ticket = load_kept('ticket')
  if (!ticket) return undefined
  try {
    return await describe(await connect(ticket), ticket)
  } catch (problem) {
    if (!/expired|not logged in/.test(message_of(problem))) throw problem
    keep('ticket', '')
    return undefined
  }
}

/** A ticket lasts for a day; a page that stays open gets a new one in time. */
export async function renew_ticket(session: Session) {
  const ticket = await session.ddb.invoke<string>('getAuthenticatedUserTicket')
  session.ddb.ticket = session.shell.ticket = ticket
  keep('ticket', ticket)
}

/** False when the server no longer knows who this is. */
export async function is_logged_in(session: Session) {
  const [, user] = await session.ddb.invoke<[unknown, string]>('getCurrentSessionAndUser', [], { urgent: true })
  return user === session.user
}

export function close(session: Session) {
  session.ddb.disconnect()
  session.shell.disconnect()
}

export async function logout(session: Session) {
  keep('ticket', '')
  keep('initialPassword', '')
  try { await session.ddb.invoke('logout') } catch { /* the connection is closed anyway */ }
  close(session)
}

/** Calls on the controller when this node is a data or compute node, else here. */
export function on_controller<T>(session: Session, name: string, args: any[] = []): Promise<T> {
  const away = session.mode === Mode.data || session.mode === Mode.compute
  return session.ddb.invoke<T>(name, args, away ? { node: session.controller } : { })
}

/** Rows of a table result, whichever of its two shapes the package chose. */
export const rows_of = <T = any>(table: any): T[] => Array.isArray(table) ? table : table?.data ?? []

/** The package's own words for a closed connection tell addresses and numbers to nobody's use. */
const lost = 'The connection is lost.'
export function message_of(error: unknown): string {
  if ((error as Error)?.name === 'DdbConnectionError') return load_kept('language') === 'zh' ? chinese[lost] : lost
  return String((error as Error)?.message ?? error).split('\n')[0]
}

/** The rows of `name` here and, on a controller, on every live data and compute node. */
export async function gather(session: Session, name: string, args: any[] = []): Promise<Record<string, any>[]> {
  const own = session.mode === Mode.controller && name === 'getAllChunks' ? []
    : rows_of(await session.ddb.invoke(name, args, { urgent: true }))
  if (session.mode !== Mode.controller) return own
  const nodes = rows_of(await session.ddb.invoke('getClusterPerf', [true])).filter(node => node.state === 1
    && (node.mode === Mode.data || node.mode === Mode.compute))
  const away = await Promise.all(nodes.map(node => session.ddb.invoke(name, args, { node: node.name }).then(rows_of)))
  return [...own, ...away.flat()]
}
