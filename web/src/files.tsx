// The distributed file system: databases, their partitions, chunks and replicas.
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Alert, Button, Input, Table, Tag } from 'antd'
import { bytes, text } from './format.ts'
import { use_text } from './i18n.ts'
import { gather, message_of, on_controller, rows_of, type Session } from './session.ts'

type Row = Record<string, any>
interface Branch { key: string, name: string, children?: Branch[], count: number, row?: Row }

/** database/partition; the nodes know the database where the controller tells only the partition. */
const path_of = (row: Row) => (text(row.file).startsWith('/') ? text(row.file) : text(row.held?.dfsPath) || `?/${row.file}`).replace(/^\/+/, '')

/** database > partition > chunk */
function tree_of(rows: Row[]): Branch[] {
  const root: Branch[] = []
  for (const row of rows) {
    const [database, ...rest] = path_of(row).split('/')
    let top = root.find(branch => branch.name === database)
    if (!top) root.push(top = { key: database, name: database, children: [], count: 0 })
    const partition = rest.join('/') || '/'
    let middle = top.children!.find(branch => branch.name === partition)
    if (!middle) top.children!.push(middle = { key: `${database}/${partition}`, name: partition, children: [], count: 0 })
    middle.children!.push({ key: text(row.chunkId), name: text(row.chunkId), count: 1, row })
    middle.count++
    top.count++
  }
  return root
}

export default function Files({ session }: { session: Session }) {
  const t = use_text()
  const [rows, set_rows] = useState<Row[]>([])
  const [error, set_error] = useState('')
  const [filter, set_filter] = useState('')
  const [busy, set_busy] = useState(false)
  const load = useCallback(async () => {
    set_busy(true)
    try {
      const chunks = rows_of<Row>(await on_controller(session, 'getClusterChunksStatus'))
      const held = new Map((await gather(session, 'getAllChunks').catch(() => [])).map(row => [text(row.chunkId), row]))
      set_rows(chunks.map(row => ({ ...row, held: held.get(text(row.chunkId)) })))
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
    set_busy(false)
  }, [session])
  useEffect(() => { load() }, [load])
  const tree = useMemo(() => tree_of(rows.filter(row => path_of(row).includes(filter))), [rows, filter])
  return <main className="page">
    <div className="bar"><strong>{rows.length} {t('chunks')}</strong><span className="grow" />
      <Input.Search allowClear placeholder={t('Filter')} aria-label={t('Filter')} style={{ width: 260 }} onChange={event => set_filter(event.target.value)} />
      <Button onClick={load} loading={busy}>{t('Refresh')}</Button></div>
    {error && <Alert type="error" message={error} />}
    <Table<Branch> size="small" dataSource={tree} pagination={{ pageSize: 100, hideOnSinglePage: true }} loading={busy && !rows.length} scroll={{ x: 'max-content' }}
      columns={[
        { title: t('Path'), dataIndex: 'name', render: (name, branch) => <span className={branch.row ? 'mono' : ''}>{name}</span> },
        { title: t('chunks'), render: (_, branch) => branch.row ? '' : branch.count },
        { title: t('State'), render: (_, branch) => branch.row && <Tag color={/complete/i.test(text(branch.row.state)) ? 'green' : 'orange'}>{text(branch.row.state)}</Tag> },
        { title: t('Version'), render: (_, branch) => text(branch.row?.version) },
        { title: t('Table'), render: (_, branch) => text(branch.row?.held?.tableName) },
        { title: t('Size'), render: (_, branch) => branch.row?.held && bytes(branch.row.held.size) },
        { title: t('rows'), render: (_, branch) => text(branch.row?.rows) },
        { title: t('Replicas'), render: (_, branch) => text(branch.row?.replicas) },
      ]} />
  </main>
}
