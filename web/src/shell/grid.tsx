// A result as a grid. A remote table stays on the server; one page of it is fetched at a time.
import { useEffect, useMemo, useState } from 'react'
import { Alert, App, Button, Pagination, Spin } from 'antd'
import { DownloadOutlined, LeftOutlined, RightOutlined } from '@ant-design/icons'
import { use_text } from '../i18n.ts'
import { message_of } from '../session.ts'
import { save_csv } from './csv.ts'
import { kind_of, part_of, sheet_of, text_of, type Sheet } from './sheet.ts'
import type { Shown } from './run.ts'

/** Rows that are read a page at a time, wherever they lie. */
export interface Pages { rows: number, title: string, read: (offset: number, size: number) => Promise<Sheet> }

const most_columns = 100, most_text = 200

export function Grid({ shown }: { shown: Shown }) {
  const pages = useMemo((): Pages | undefined => {
    const { title } = shown
    if (shown.kind === 'remote') return { rows: shown.rows, title, read: (offset, size) => shown.read(offset, size).then(table => sheet_of(table)!) }
    const sheet = sheet_of(shown.object)
    return sheet && { rows: sheet.rows, title, read: async (offset, size) => part_of(sheet, offset, size) }
  }, [shown])
  if (pages) return <Paged pages={pages} kind={shown.kind === 'object' ? kind_of(shown.object) : ''} />
  return shown.kind === 'object' ? <pre className="output mono" data-test="value" tabIndex={0}>{text_of(shown.object) ?? 'null'}</pre> : null
}

function Paged({ pages, kind }: { pages: Pages, kind: string }) {
  const t = use_text()
  const [page, set_page] = useState(1)
  const [size, set_size] = useState(100)
  const [found, set_found] = useState<{ pages: Pages, sheet: Sheet }>()
  const sheet = found?.pages === pages ? found.sheet : undefined  // old rows below a new title would mislead
  const [first, set_first] = useState(0)
  const [error, set_error] = useState('')
  const [progress, set_progress] = useState<number>()
  useEffect(() => { set_page(1); set_first(0) }, [pages])
  useEffect(() => {
    let stale = false
    pages.read((page - 1) * size, size).then(
      sheet => { if (!stale) { set_found({ pages, sheet }); set_error('') } }, problem => { if (!stale) set_error(message_of(problem)) })
    return () => { stale = true }
  }, [pages, page, size])
  const save = async () => {
    try { await save_csv(pages, set_progress) } catch (problem) { set_error(message_of(problem)) }
    set_progress(undefined)
  }
  const columns = sheet?.columns.length ?? 0
  return <div className="grid-wrap">
    {error && <Alert type="error" message={error} />}
    <div className="grid-body" data-test="grid" tabIndex={0}>{sheet ? <SheetView sheet={sheet} offset={(page - 1) * size} first={first} /> : <Spin style={{ margin: 20 }} />}</div>
    <div className="bar" style={{ padding: '6px 0 0', border: 0, margin: 0 }}>
      <span data-test="rows">{pages.rows.toLocaleString('en')} {t(pages.rows === 1 ? 'row' : 'rows')}</span>
      {kind && <span className="faint">{kind}</span>}
      <Button size="small" icon={<DownloadOutlined />} loading={progress !== undefined} onClick={save} data-test="csv">
        {t('Export CSV')}{progress !== undefined && ` ${progress}%`}</Button>
      {columns > most_columns && <span data-test="columns">
        <Button size="small" type="text" icon={<LeftOutlined />} disabled={!first} aria-label={t('Columns before')} onClick={() => set_first(first - most_columns)} />
        {t('Columns')} {first + 1} – {Math.min(columns, first + most_columns)} / {columns}
        <Button size="small" type="text" icon={<RightOutlined />} disabled={first + most_columns >= columns} aria-label={t('Columns after')} onClick={() => set_first(first + most_columns)} /></span>}
      <span className="grow" />
      <Pagination size="small" current={page} pageSize={size} total={pages.rows} showSizeChanger showQuickJumper={pages.rows > 10 * size} hideOnSinglePage={pages.rows <= 50}
        pageSizeOptions={[50, 100, 500, 1000]} onChange={(p, s) => { set_page(p); set_size(s) }} />
    </div>
  </div>
}

/** Long texts are cut; a click shows them whole. */
function Text({ text, name }: { text: string, name: string }) {
  const { modal } = App.useApp()
  const t = use_text()
  if (text.length <= most_text) return text
  return <button type="button" className="long" title={t('Show all of it')} onClick={() => modal.info({ title: name, width: '70vw', icon: null, maskClosable: true,
    content: <pre className="output mono whole" tabIndex={0}>{text}</pre> })}>{text.slice(0, most_text)}…</button>
}

function SheetView({ sheet, offset, first }: { sheet: Sheet, offset: number, first: number }) {
  const columns = sheet.columns.slice(first, first + most_columns)
  return <table className="grid"><thead><tr><th>#</th>
    {columns.map((column, j) => <th key={j} className={column.number ? 'number' : ''}>{column.name}<small>{column.type}</small></th>)}</tr></thead>
  <tbody>{Array.from({ length: sheet.rows }, (_, i) => <tr key={i}><td>{offset + i}</td>
    {columns.map((column, j) => {
      const shown = sheet.cell(i, first + j)
      return <td key={j} title={shown && shown.length > 40 && shown.length <= most_text ? shown : undefined} className={shown === undefined ? 'null' : column.number ? 'number' : ''}>
        {shown === undefined ? 'null' : <Text text={shown} name={column.name} />}</td>
    })}</tr>)}</tbody></table>
}
