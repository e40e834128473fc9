// A result as a grid. A remote table stays on the server; one page of it is fetched at a time.
import { useEffect, useState } from 'react'
import { Alert, Button, Pagination, Spin } from 'antd'
import { DownloadOutlined } from '@ant-design/icons'
import { DdbForm, DdbType, formati, get_type_name, type DdbObj } from 'dolphindb/browser.js'
import { use_text } from '../i18n.ts'
import { message_of } from '../session.ts'
import { save_csv } from './csv.ts'
import type { Shown, Table } from './run.ts'

const numeric = new Set<number>([DdbType.short, DdbType.int, DdbType.long, DdbType.float, DdbType.double, DdbType.decimal32, DdbType.decimal64, DdbType.decimal128])

const textual = new Set<number>([DdbType.string, DdbType.symbol, DdbType.symbol_extended])

/** One cell as text; null as undefined. */
export function cell(column: DdbObj<any>, row: number): string | undefined {
  const shown = formati(column, row, { quote: false, nullstr: true, grouping: false })
  return shown === 'null' && !textual.has(column.type) ? undefined : shown
}

export function Grid({ shown }: { shown: Shown }) {
  return shown.kind === 'remote' ? <Paged shown={shown} /> : <Whole object={shown.object} />
}

function Paged({ shown }: { shown: Extract<Shown, { kind: 'remote' }> }) {
  const t = use_text()
  const [page, set_page] = useState(1)
  const [size, set_size] = useState(100)
  const [table, set_table] = useState<Table>()
  const [error, set_error] = useState('')
  const [progress, set_progress] = useState<number>()
  useEffect(() => set_page(1), [shown])
  useEffect(() => {
    let stale = false
    shown.read((page - 1) * size, size).then(
      found => { if (!stale) { set_table(found); set_error('') } }, problem => { if (!stale) set_error(message_of(problem)) })
    return () => { stale = true }
  }, [shown, page, size])
  const save = async () => {
    try { await save_csv(shown, set_progress) } catch (problem) { set_error(message_of(problem)) }
    set_progress(undefined)
  }
  return <div className="grid-wrap">
    {error && <Alert type="error" message={error} />}
    <div className="grid-body" data-test="grid" tabIndex={0}>{table ? <TableView table={table} offset={(page - 1) * size} /> : <Spin style={{ margin: 20 }} />}</div>
    <div className="bar" style={{ padding: '6px 0 0', border: 0, margin: 0 }}>
      <span data-test="rows">{shown.rows.toLocaleString('en')} {t('rows')}</span>
      <Button size="small" icon={<DownloadOutlined />} loading={progress !== undefined} onClick={save} data-test="csv">
        {t('Export CSV')}{progress !== undefined && ` ${progress}%`}</Button>
      <span className="grow" />
      <Pagination size="small" current={page} pageSize={size} total={shown.rows} showSizeChanger showQuickJumper
        pageSizeOptions={[50, 100, 500, 1000]} onChange={(p, s) => { set_page(p); set_size(s) }} />
    </div>
  </div>
}

export function TableView({ table, offset = 0 }: { table: Table, offset?: number }) {
  const columns = table.value
  return <table className="grid"><thead><tr><th>#</th>
    {columns.map((column, i) => <th key={i}>{column.name}<small>{get_type_name(column.type).replace('_extended', '')}</small></th>)}</tr></thead>
  <tbody>{Array.from({ length: columns[0]?.rows ?? 0 }, (_, row) => <tr key={row}><td>{offset + row}</td>
    {columns.map((column, i) => {
      const shown = cell(column, row)
      return <td key={i} title={shown} className={shown === undefined ? 'null' : numeric.has(column.type) ? 'number' : ''}>{shown ?? 'null'}</td>
    })}</tr>)}</tbody></table>
}

const limit = 2000

function Whole({ object }: { object: DdbObj<any> }) {
  if (object.form === DdbForm.table) return <div className="grid-wrap"><div className="grid-body" data-test="grid" tabIndex={0}><TableView table={object} /></div></div>
  if ((object.form === DdbForm.vector || object.form === DdbForm.set) && object.type !== DdbType.any) {
    const vector = object.form === DdbForm.set ? object.value : object
    return <div className="grid-wrap"><div className="grid-body" data-test="grid" tabIndex={0}><table className="grid">
      <thead><tr><th>#</th><th>{get_type_name(object.type)}<small>{object.rows}</small></th></tr></thead>
      <tbody>{Array.from({ length: Math.min(limit, object.rows ?? 0) }, (_, i) => <tr key={i}><td>{i}</td><td>{cell(vector, i) ?? 'null'}</td></tr>)}</tbody>
    </table></div></div>
  }
  return <pre className="output mono" data-test="value" tabIndex={0}>{plain(object)}</pre>
}

function plain(object: DdbObj<any>): string {
  try {
    const data = object.data()
    return typeof data === 'object' && data !== null
      ? JSON.stringify(data, (_, x) => typeof x === 'bigint' ? x.toString() : x, 2).slice(0, 200_000) : String(data)
  } catch { return String(object) }
}
