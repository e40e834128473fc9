// What lies in the distributed file system, a directory and a page of it at a time: a cluster may have a million chunks.
import { Mode, rows_of, type Session } from './session.ts'
import { own } from './shell/run.ts'

/** An entry of a directory: another one with the sums of what is below it, or a chunk under its table's name. */
export interface Entry {
  filename: string, filetype: number, chunks: string, chunkCount: bigint | null, rows: bigint | null
  version: number | null, state: string, replicas: string, lastUpdated: string
}
export const is_chunk = (entry: Pick<Entry, 'filetype'>) => entry.filetype === 4

export const page_size = 200
/** "/a" of "dfs://a". */
export const folder_of = (database: string) => database.replace('dfs:/', '')
export const quoted = (text: string) => JSON.stringify(text)

export interface Page { entries: Entry[], more: boolean }

/** Entries of `path` ("" is the root) from `offset` on whose names contain `filter`; with `table` only chunks of that one. */
export async function read_directory(session: Session, path: string, { offset = 0, filter = '', table = '' } = {}): Promise<Page> {
  const source = `getDFSDirectoryContent(${quoted(path || '/')}${table && ', ' + quoted(table)})`
  const where = filter && ` where ilike(filename, ${quoted(`%${filter}%`)})`
  // One more than a page tells whether there are others.
  const entries = rows_of<Entry>(await session.ddb.execute(`select * from ${source}${where} limit ${offset}, ${page_size + 1}${own}`))
  const more = entries.length > page_size
  if (!offset && !more) entries.sort((a, b) => a.filename.localeCompare(b.filename, 'en', { numeric: true }))
  return { entries: entries.slice(0, page_size), more }
}

/** Names of the tables of a database. */
export async function tables_of(session: Session, database: string): Promise<string[]> {
  const paths = await session.ddb.invoke<string[]>('getClusterDFSTables')
  return paths.filter(path => path.slice(0, path.lastIndexOf('/')) === database).map(path => path.slice(database.length + 1))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/** Aliases of the nodes that hold chunks and are up. */
export async function data_nodes(session: Session): Promise<string[]> {
  if (session.mode === Mode.single) return [session.alias]
  return rows_of(await session.ddb.invoke('getClusterPerf', [true])).filter(node => node.mode === Mode.data && node.state === 1).map(node => node.name)
}

/** Bytes that the named entries of `path` take on the disks of all data nodes that are up. */
export async function read_sizes(session: Session, path: string, entries: Entry[]): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  const names = (wanted: Entry[]) => `[${wanted.map(entry => quoted(entry.filename)).join(', ')}]`
  const [chunks, directories] = [entries.filter(is_chunk), entries.filter(entry => !is_chunk(entry))]
  const below = (pattern: string, name: string, wanted: Entry[]) => `def () {
    held = select ${name} as name, size from getChunksMeta(${quoted(pattern)}, -1)
    return select name, sum(size) as size from held where name in ${names(wanted)} group by name }`
  const questions = [...chunks.length ? [below(path, 'tableName', chunks)] : [],
    ...directories.length ? [below(path + '/*', `regexReplace(substr(dfsPath, ${new TextEncoder().encode(path).length + 1}), "/.*$", "")`, directories)] : []]
  const ask = (node: string, question: string) => session.ddb.execute(node === session.alias ? `(${question})()${own}` : `rpc(${quoted(node)}, ${question})${own}`)
    .then(rows_of, () => [])  // a node that went away tells nothing
  const answers = await Promise.all((await data_nodes(session)).flatMap(node => questions.map(question => ask(node, question))))
  for (const { name, size } of answers.flat()) found.set(name, (found.get(name) ?? 0) + Number(size))
  return found
}
