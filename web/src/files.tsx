// The distributed file system: databases, their partitions, chunks and replicas.
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Alert, Button, Input, Table, Tag, Tooltip } from 'antd'
import { DatabaseOutlined, FileOutlined, FolderOutlined } from '@ant-design/icons'
import { bytes, text } from './format.ts'
import { use_text } from './i18n.ts'
import { is_behind, replicas_of } from './replicas.ts'
import { gather, message_of, on_controller, rows_of, type Session } from './session.ts'

type Row = Record<string, any>
interface Branch { key: string, name: string, children?: Branch[], chunks: number, rows: number, size: number, row?: Row }

/** database > partition > chunk, with sums */
function tree_of(rows: Row[]): Branch[] {
  const root = new Map<string, Branch>(), middle = new Map<string, Branch>()
  const add = (to: Branch, row: Row) => { to.chunks++; to.rows += Number(row.rows); to.size += Number(row.held?.size ?? 0) }
  for (const row of rows) {
    const [database, ...rest] = text(row.file).replace(/^\/+/, '').split('/')
    const partition = rest.join('/') || '/'
    const top = root.get(database) ?? root.set(database, { key: database, name: database, children: [], chunks: 0, rows: 0, size: 0 }).get(database)!
    const key = `${database}/${partition}`
    let under = middle.get(key)
    if (!under) {
      middle.set(key, under = { key, name: partition, children: [], chunks: 0, rows: 0, size: 0 })
      top.children!.push(under)
    }
    under.children!.push({ key: text(row.chunkId), name: text(row.chunkId), chunks: 1, rows: Number(row.rows), size: Number(row.held?.size ?? 0), row })
    add(top, row)
    add(under, row)
  }
  const by_name = (a: Branch, b: Branch) => a.name.localeCompare(b.name, 'en', { numeric: true })
  for (const top of root.values()) top.children!.sort(by_name)
  return [...root.values()].sort(by_name)
}

function Replicas({ row }: { row: Row }) {
  const t = use_text()
  return <>{replicas_of(row as any).map(replica => {
    const behind = is_behind(row as any, replica)
    return <Tooltip key={replica.node} title={replica.corrupted ? t('damaged') : behind ? t('lacks the newest commits') : t('whole')}>
      <Tag color={replica.corrupted ? 'red' : behind ? 'orange' : 'green'} data-test="replica">{replica.node} <small>v{replica.version}</small></Tag></Tooltip>
  })}</>
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
      // Tables and sizes are known to the data nodes; those that are away tell nothing.
      const held = new Map((await gather(session, 'getAllChunks').catch(() => [])).map(row => [text(row.chunkId), row]))
      set_rows(chunks.map(row => ({ ...row, held: held.get(text(row.chunkId)) })))
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
    set_busy(false)
  }, [session])
  useEffect(() => { load() }, [load])
  const tree = useMemo(() => tree_of(rows.filter(row => `${row.file} ${row.chunkId} ${row.held?.tableName ?? ''} ${row.replicas}`.toLowerCase().includes(filter.toLowerCase()))), [rows, filter])
  const icon = (branch: Branch) => branch.row ? <FileOutlined /> : branch.key.includes('/') ? <FolderOutlined /> : <DatabaseOutlined />
  return <main className="page">
    <div className="bar"><h1 className="title">{t('File system')}</h1><span data-test="chunk-sum">{tree.length} {t('databases')} · {rows.length} {t('chunks')}</span><span className="grow" />
      <Input.Search allowClear placeholder={t('Filter')} aria-label={t('Filter')} style={{ width: 260 }} onChange={event => set_filter(event.target.value)} />
      <Button onClick={load} loading={busy}>{t('Refresh')}</Button></div>
    {error && <Alert type="error" message={error} />}
    <Table<Branch> size="small" dataSource={tree} pagination={{ pageSize: 100, hideOnSinglePage: true, showSizeChanger: false }} loading={busy && !rows.length} scroll={{ x: 'max-content' }}
      locale={{ emptyText: t('No databases yet') }} columns={[
        { title: t('Path'), dataIndex: 'name', render: (name, branch) => <span className={branch.row ? 'mono' : ''}>{icon(branch)} {branch.key === name ? `dfs://${name}` : name}</span> },
        { title: t('Table'), render: (_, branch) => text(branch.row?.held?.tableName) },
        { title: t('Chunks'), align: 'right', render: (_, branch) => branch.row ? '' : branch.chunks.toLocaleString('en') },
        { title: t('Rows'), align: 'right', render: (_, branch) => branch.rows.toLocaleString('en') },
        { title: t('Size'), align: 'right', render: (_, branch) => branch.row && !branch.row.held ? '' : bytes(branch.size) },
        { title: t('Version'), align: 'right', render: (_, branch) => text(branch.row?.version) },
        { title: t('State'), render: (_, branch) => branch.row && <Tag color={/complete/i.test(text(branch.row.state)) ? 'green' : 'orange'}>{t(text(branch.row.state))}</Tag> },
        { title: t('Replicas'), render: (_, branch) => branch.row && <Replicas row={branch.row} /> },
      ]} />
  </main>
}
