// Any result as rows and columns of texts: tables, vectors, sets, matrices, dictionaries, tuples.
import { DdbForm, DdbType, format, formati, get_type_name, type DdbObj } from 'dolphindb/browser.js'
import type { Table } from './run.ts'

export interface Column { name: string, type: string, number: boolean }
/** `cell` is undefined for a null. */
export interface Sheet { columns: Column[], rows: number, cell: (row: number, column: number) => string | undefined }

const numeric = new Set<number>([DdbType.short, DdbType.int, DdbType.long, DdbType.float, DdbType.double, DdbType.decimal32, DdbType.decimal64, DdbType.decimal128])
const textual = new Set<number>([DdbType.string, DdbType.symbol, DdbType.symbol_extended, DdbType.char, DdbType.blob])
const looks = { quote: false, nullstr: true, grouping: false }

/** One element as text; null as undefined. */
export function cell(column: DdbObj<any>, row: number): string | undefined {
  if (column.type === DdbType.any) return text_of(column.value[row])
  const shown = formati(column, row, looks)
  return shown === 'null' && !textual.has(column.type) ? undefined : shown
}

/** Array vectors have the number of their elements' type and 64. */
const type_name = (type: number): string => type >= 64 && type < 128 ? `${type_name(type - 64)}[]` : get_type_name(type as any).replace('_extended', '')
const column_of = (name: string, type: number): Column => ({ name, type: type_name(type), number: numeric.has(type) })

/** What an object is, in words: "vector of int, 3". */
export function kind_of(object: DdbObj<any>): string {
  const form = Object.entries(DdbForm).find(([, number]) => number === object.form)?.[0] ?? ''
  if (object.form === DdbForm.scalar) return type_name(object.type)
  if (object.form === DdbForm.matrix || object.form === DdbForm.table) return `${form} ${object.rows} × ${object.cols}`
  return `${object.form === DdbForm.vector && object.type === DdbType.any ? 'tuple' : form} ${object.rows ?? ''}`
}

const most_inner = 100

/** An object on one line, as an element of another one. */
export function text_of(object: DdbObj<any> | undefined): string | undefined {
  if (!object) return undefined
  try {
    if (object.form === DdbForm.scalar) {
      if (object.type === DdbType.void) return undefined
      if (object.type === DdbType.functiondef) return object.value.name
      const shown = format(object.type, object.value, object.le, looks)
      return shown === 'null' && !textual.has(object.type) ? undefined : shown
    }
    if (object.form === DdbForm.pair) return `${cell(object, 0) ?? 'null'} : ${cell(object, 1) ?? 'null'}`
    const sheet = sheet_of(object)
    if (!sheet) return String(object)
    const wide = object.form === DdbForm.table || object.form === DdbForm.matrix
    const first = object.form === DdbForm.vector && object.type === DdbType.any ? 1 : 0  // without the kinds of a tuple's items
    const row = (i: number) => sheet.columns.slice(first, first + most_inner).map((_, j) => sheet.cell(i, first + j) ?? 'null').join(wide ? ', ' : ': ')
    const items = Array.from({ length: Math.min(sheet.rows, most_inner) }, (_, i) => row(i))
    if (sheet.rows > most_inner) items.push('…')
    return object.form === DdbForm.vector ? `[${items.join(', ')}]` : `${kind_of(object)} {${items.join(wide ? '; ' : ', ')}}`
  } catch { return String(object) }
}

function matrix_sheet(object: DdbObj<any>): Sheet {
  const { rows: row_labels, cols: column_labels, data } = object.value
  const count = object.rows ?? 0, values = { ...object, form: DdbForm.vector, rows: count * (object.cols ?? 0), value: data } as DdbObj<any>
  const columns = Array.from({ length: object.cols ?? 0 }, (_, j) => column_of(column_labels ? cell(column_labels, j) ?? 'null' : `#${j}`, object.type))
  const shift = row_labels ? 1 : 0
  return { rows: count, columns: row_labels ? [{ name: 'label', type: type_name(row_labels.type), number: false }, ...columns] : columns,
    cell: (i, j) => j < shift ? cell(row_labels, i) : cell(values, (j - shift) * count + i) }
}

/** Nothing for scalars, pairs and what is no data. */
export function sheet_of(object: DdbObj<any>): Sheet | undefined {
  const rows = object.rows ?? 0
  switch (object.form) {
    case DdbForm.table: {
      const columns = (object as Table).value
      return { rows: columns[0]?.rows ?? 0, columns: columns.map(column => column_of(column.name ?? '', column.type)), cell: (i, j) => cell(columns[j], i) }
    }
    case DdbForm.set:  // a vector with another form
      return { rows, columns: [column_of('value', object.type)], cell: i => cell(object, i) }
    case DdbForm.vector:
      if (object.type === DdbType.any) return { rows, columns: [{ name: 'kind', type: '', number: false }, { name: 'value', type: '', number: false }],
        cell: (i, j) => j ? text_of(object.value[i]) : kind_of(object.value[i]) }
      return { rows, columns: [column_of('value', object.type)], cell: i => cell(object, i) }
    case DdbForm.dict: {
      const [keys, values] = object.value
      return { rows: keys.rows, columns: [column_of('key', keys.type), column_of('value', values.type)], cell: (i, j) => cell(j ? values : keys, i) }
    }
    case DdbForm.matrix: return matrix_sheet(object)
    case DdbForm.chart: return sheet_of(object.value.data)
    default: return undefined
  }
}

/** `size` rows from `offset` on. */
export function part_of(sheet: Sheet, offset: number, size: number): Sheet {
  return { columns: sheet.columns, rows: Math.max(0, Math.min(size, sheet.rows - offset)), cell: (i, j) => sheet.cell(offset + i, j) }
}
