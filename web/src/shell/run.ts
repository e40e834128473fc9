// Running a script: which part is the result, where it stays, and which line an error means.
import type { DDB, DdbMessage, DdbObj } from 'dolphindb/browser.js'
import { DdbForm, DdbType } from 'dolphindb/browser.js'
import { message_of } from '../session.ts'

/** The name under which a select's result stays on the server, so that the grid can page it. */
export const result_name = 'console_result_'

export type Shown =
  | { kind: 'remote', name: string, rows: number, title: string }
  | { kind: 'object', object: DdbObj<any>, title: string }

export interface Failure { text: string, line?: number }
export interface Outcome { shown?: Shown, failure?: Failure }

/** Start and end of the last statement when it begins at column 0; braces and brackets may span lines. */
function last_statement(code: string) {
  const lines = code.split('\n')
  let depth = 0, start = -1, end = lines.length
  while (end > 0 && /^\s*(\/\/.*)?$/.test(lines[end - 1])) end--
  let continued = false
  for (let i = 0; i < end; i++) {
    const line = lines[i].replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, '""').replace(/\/\/.*$/, '')
    const clause = /^(from|where|group|context|pivot|order|limit|top|having|csort|cgroup)\b/i.test(line)
    if (!depth && !continued && /^\S/.test(line) && !clause) start = i
    for (const c of line) depth += '([{'.includes(c) ? 1 : ')]}'.includes(c) ? -1 : 0
    continued = /[,+\-*\/=]\s*$/.test(line)
  }
  return start < 0 ? undefined : { head: lines.slice(0, start).join('\n'), tail: lines.slice(start, end).join('\n').replace(/;\s*$/, ''), start }
}

const select = /^\s*select\b/i
const plain_name = /^[A-Za-z_]\w*$/

/** Rewrites `code` so that the result of its last select stays on the server. */
export function keep_on_server(code: string): { script: string, name?: string, title: string } {
  const last = last_statement(code)
  if (!last || last.tail.includes(';')) return { script: code, title: '' }
  if (select.test(last.tail)) {
    const script = (last.head ? last.head + '\n' : '') + `${result_name} = ` + last.tail
    return { script, name: result_name, title: last.tail.split('\n')[0].slice(0, 60) }
  }
  if (plain_name.test(last.tail.trim())) return { script: code, name: last.tail.trim(), title: last.tail.trim() }
  return { script: code, title: last.tail.split('\n')[0].slice(0, 60) }
}

const line_mark = /\[line #(\d+)\]/

/** The server names no line when the script has only one. */
export function failure_of(error: unknown, first_line: number, code: string): Failure {
  const text = message_of(error), found = line_mark.exec(text)
  if (!found) return code.trim().includes('\n') ? { text } : { text, line: first_line }
  const line = Number(found[1]) + first_line - 1
  return { text: text.replace(line_mark, `[line #${line}]`), line }
}

/** Rows of the table called `name`, or nothing when it is no table. */
export async function table_rows(ddb: DDB, name: string): Promise<number | undefined> {
  if (await ddb.execute<string>(`form(${name}) == 6 ? "yes" : "no"`) !== 'yes') return undefined
  return Number(await ddb.execute(`exec count(*) from ${name}`))
}

export async function run(ddb: DDB, code: string, first_line: number, print: (text: string) => void): Promise<Outcome> {
  const listener = (message: DdbMessage) => { if (message.type === 'print') print(message.data) }
  const { script, name, title } = keep_on_server(code)
  try {
    const bare = name && name !== result_name
    if (bare) {
      const head = last_statement(code)!.head
      if (head.trim()) await ddb.eval(head, { listener })
      const rows = await table_rows(ddb, name).catch(() => undefined)
      if (rows !== undefined) return { shown: { kind: 'remote', name, rows, title } }
      const tail = '\n'.repeat(last_statement(code)!.start) + name
      return shown_of(await ddb.eval(tail, { listener }), title)
    }
    const object = await ddb.eval(script, { listener })
    if (!name) return shown_of(object, title)
    const rows = await table_rows(ddb, name)
    if (rows !== undefined) return { shown: { kind: 'remote', name, rows, title } }
    return shown_of(await ddb.eval(name), title)
  } catch (error) {
    return { failure: failure_of(error, first_line, code) }
  }
}

function shown_of(object: DdbObj<any>, title: string): Outcome {
  if (object.form === DdbForm.scalar && object.type === DdbType.void) return {}
  return { shown: { kind: 'object', object, title } }
}
