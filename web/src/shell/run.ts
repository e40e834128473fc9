// Running a script: which part is the result, where it stays, and which line an error means.
import type { DDB, DdbMessage, DdbObj } from 'dolphindb/browser.js'
import { DdbForm, DdbType } from 'dolphindb/browser.js'
import { message_of } from '../session.ts'

/** The name under which a select's result stays on the server, so that the grid can page it. */
export const result_name = 'console_result_'

export type Table = DdbObj<DdbObj<any>[]>

/** A result: whole, or rows that stay on the server and are read a page at a time. */
export type Shown =
  | { kind: 'remote', rows: number, title: string, read: (offset: number, size: number) => Promise<Table> }
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

/** Ends the scripts by which the console looks for itself, so that its list of jobs can leave them out. */
export const own = ' // console'

/** The table that the expression `source` stands for, read in pages. */
export function paged_table(ddb: DDB, source: string, rows: number, title: string): Shown {
  return { kind: 'remote', rows, title, read: (offset, size) => ddb.eval<any>(`select * from ${source} limit ${offset}, ${size}${own}`) }
}

function paged_vector(ddb: DDB, name: string, rows: number, title: string): Shown {
  const read = (offset: number, size: number) => ddb.eval<any>(`table(${name}[${offset}:${Math.min(rows, offset + size)}] as ${name})${own}`)
  return { kind: 'remote', rows, title, read }
}

/** The variable `name`: tables and vectors in pages, anything else whole. */
export async function show_variable(ddb: DDB, name: string, title = name): Promise<Shown> {
  const what = await ddb.execute<string>(`string(form(${name})) + "," + string(type(${name}))${own}`)
  const [form, type] = what.split(',').map(Number)
  if (form === DdbForm.table) return paged_table(ddb, name, Number(await ddb.execute(`exec count(*) from ${name}${own}`)), title)
  if (form === DdbForm.vector && type !== DdbType.any) return paged_vector(ddb, name, Number(await ddb.execute(`size(${name})${own}`)), title)
  return { kind: 'object', object: await ddb.eval(name), title }
}

export async function run(ddb: DDB, code: string, first_line: number, print: (text: string) => void): Promise<Outcome> {
  const listener = (message: DdbMessage) => { if (message.type === 'print') print(message.data) }
  const { script, name, title } = keep_on_server(code)
  try {
    if (name && name !== result_name) {
      const { head, start } = last_statement(code)!
      if (head.trim()) await ddb.eval(head, { listener })
      // Its own error tells the line.
      const shown = await show_variable(ddb, name).catch(() => undefined)
      return shown ? without_nothing(shown) : shown_of(await ddb.eval('\n'.repeat(start) + name, { listener }), title)
    }
    const object = await ddb.eval(script, { listener })
    return name ? { shown: await show_variable(ddb, name, title) } : shown_of(object, title)
  } catch (error) {
    return { failure: failure_of(error, first_line, code) }
  }
}

const without_nothing = (shown: Shown): Outcome => shown.kind === 'object' ? shown_of(shown.object, shown.title) : { shown }

function shown_of(object: DdbObj<any>, title: string): Outcome {
  if (object.form === DdbForm.scalar && object.type === DdbType.void) return {}
  return { shown: { kind: 'object', object, title } }
}
