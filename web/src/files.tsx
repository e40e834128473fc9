// The distributed file system: databases, their partitions, chunks and replicas; a directory is read when it is opened.
import { useCallback, useEffect, useRef, useState } from 'react'
import { Alert, Button, Input, Spin, Table, Tag, Tooltip, type TableColumnsType } from 'antd'
import { DatabaseOutlined, FileOutlined, FolderOutlined, TableOutlined } from '@ant-design/icons'
import { is_chunk, page_size, read_directory, read_sizes, tables_of, type Entry } from './dfs.ts'
import { bytes, text } from './format.ts'
import { use_text } from './i18n.ts'
import { load_spread, replicas_of, type Spread } from './replicas.ts'
import { message_of, type Session } from './session.ts'

interface Branch { key: string, name: string, entry?: Entry, table?: string, size?: number, children?: Branch[], more?: () => void, from?: number, hint?: string }

const branch_of = (path: string, entry: Entry): Branch => ({ key: `${path}/${entry.filename}${is_chunk(entry) ? '//' : ''}`, name: entry.filename, entry,
  ...is_chunk(entry) ? {} : { children: [] } })

/** A listing costs as much as its database has chunks; above so many only one table's are looked at. */
const many_chunks = 20_000
/** "/db" stands for a database, "/db\ttable/20230108" for a partition of one of its tables. */
const place_of = (key: string) => {
  const [database, rest = ''] = key.split('\t'), [table, ...below] = rest.split('/')
  return { path: [database, ...below].join('/'), table }
}
const is_database = (key: string) => key.lastIndexOf('/') === 0 && !key.includes('\t')

/** `change` of the branch at `key`; "" is the root. */
function changed(nodes: Branch[], key: string, change: (children: Branch[]) => Branch[]): Branch[] {
  if (!key) return change(nodes)
  return nodes.map(node => node.key === key ? { ...node, children: change(node.children ?? []) }
    : node.children && (key.startsWith(node.key + '/') || key.startsWith(node.key + '\t')) ? { ...node, children: changed(node.children, key, change) } : node)
}

/** Sums of the databases in the directory `name` of the root. */
function sums_of(spread: Spread | undefined, name: string) {
  const sum = { chunks: 0, rows: 0 }
  for (const [path, own] of spread?.databases ?? []) if (`${path}/`.startsWith(`dfs://${name}/`)) { sum.chunks += own.chunks; sum.rows += own.rows }
  return spread && sum
}

/** The opened part of the file system; `filter` is "database" or "database/partition". */
function use_tree(session: Session, filter: string, counted: () => Promise<Spread | undefined>) {
  const [tree, set_tree] = useState<Branch[]>([])
  const [opened, set_opened] = useState<string[]>([])
  const [busy, set_busy] = useState(0)
  const [error, set_error] = useState('')
  const round = useRef(0)  // answers to an earlier filter are too late
  const [of_database, ...of_partition] = filter.split('/')
  const read = useCallback(async (key: string, offset = 0): Promise<void> => {
    const { path, table } = place_of(key)
    const mine = round.current
    const put = (change: (children: Branch[]) => Branch[]) => { if (mine === round.current) set_tree(old => changed(old, key, change)) }
    set_busy(n => n + 1)
    try {
      if (is_database(key) && (sums_of(await counted(), key.slice(1))?.chunks ?? 0) > many_chunks) {
        const tables = await tables_of(session, `dfs:/${key}`)
        if (tables.length > 1) return put(old => tables.map(table => ({ key: `${key}\t${table}`, name: table, table, children: old.find(known => known.name === table)?.children ?? [] })))
      }
      const wanted = !key ? of_database : key.split('/').length === 2 ? of_partition.join('/') : ''
      const { entries, more } = await read_directory(session, path, { offset, filter: wanted, table })
      const fresh: Branch[] = entries.map(entry => branch_of(key, entry))
      if (more) fresh.push({ key: `${key}//more`, name: '', more: () => read(key, offset + page_size), from: offset + page_size })
      if (!fresh.length && key) fresh.push({ key: `${key}//nothing`, name: '', hint: 'Empty' })
      // What was open stays open. A page is taken once, however often it was asked for.
      put(old => offset ? old.some(node => node.from === offset) ? [...old.filter(node => !node.more), ...fresh] : old : fresh.map(node => ({ ...node, children: node.children && (old.find(known => known.key === node.key)?.children ?? node.children) })))
      if (mine === round.current) set_error('')
      if (!table || entries.every(is_chunk)) read_sizes(session, path, entries).then(sizes => put(old => old.map(node => sizes.has(node.name) ? { ...node, size: sizes.get(node.name) } : node)), () => {})
    } catch (problem) {
      put(old => old.filter(node => !node.hint))
      if (mine === round.current) set_error(message_of(problem))
    } finally {
      set_busy(n => n - 1)
    }
  }, [session, filter, counted])
  useEffect(() => {
    round.current++
    set_tree([])
    set_opened([])
    read('')
  }, [read])
  const expand = (open: boolean, { key, children }: Branch) => {
    set_opened(old => open ? [...old, key] : old.filter(each => each !== key))
    if (open && !children?.length) {
      set_tree(old => changed(old, key, () => [{ key: `${key}//wait`, name: '', hint: '' }]))
      read(key)
    }
  }
  const refresh = async () => { for (const path of ['', ...[...opened].sort()]) await read(path) }
  return { tree, opened, busy: busy > 0, error, expand, refresh }
}

function Replicas({ entry }: { entry: Entry }) {
  const t = use_text()
  return <>{replicas_of(entry.replicas).map(replica => {
    const behind = replica.version < (entry.version ?? 0)
    return <Tooltip key={replica.node} title={replica.corrupted ? t('damaged') : behind ? t('lacks the newest commits') : t('whole')}>
      <Tag color={replica.corrupted ? 'red' : behind ? 'orange' : 'green'} data-test="replica">{replica.node} <small>v{replica.version}</small></Tag></Tooltip>
  })}</>
}

const number = (n: unknown) => n === null || n === undefined ? '' : Number(n).toLocaleString('en')

export default function Files({ session }: { session: Session }) {
  const t = use_text()
  const [filter, set_filter] = useState('')
  const [spread, set_spread] = useState<Spread>()
  const [looked, set_looked] = useState(false)
  const counting = useRef<Promise<Spread | undefined>>()
  const count = useCallback(() => {
    counting.current = load_spread(session).catch(() => undefined)
    counting.current.then(found => { set_spread(found); set_looked(true) })
    return counting.current
  }, [session])
  const counted = useCallback(() => counting.current ?? count(), [count])
  const { tree, opened, busy, error, expand, refresh } = use_tree(session, filter, counted)
  useEffect(() => { count() }, [count])
  const total = [...spread?.databases.values() ?? []].reduce((sum, each) => sum + each.chunks, 0)
  const path_cell = ({ key, name, entry, table, more, hint }: Branch) => {
    if (table) return <><TableOutlined /> {table}</>
    if (more) return <Button size="small" onClick={more} data-test="more">{t('Show more')}</Button>
    if (!entry) return hint ? <span className="faint">{t(hint)}</span> : <Spin size="small" />
    if (is_chunk(entry)) return <span className="chunk"><FileOutlined /> {name}<small className="mono faint">{entry.chunks}</small></span>
    return <>{is_database(key) ? <DatabaseOutlined /> : <FolderOutlined />} {is_database(key) ? `dfs://${name}` : name}</>
  }
  const only_chunks = (show: (entry: Entry) => React.ReactNode) => (_: unknown, { entry }: Branch) => entry && is_chunk(entry) ? show(entry) : ''
  const sum = (key: 'chunks' | 'rows', own: 'chunkCount' | 'rows') => (_: unknown, { key: path, name, entry }: Branch) =>
    entry && number(is_database(path) ? sums_of(spread, name)?.[key] : entry[own])
  const columns: TableColumnsType<Branch> = [
    { title: t('Path'), key: 'path', render: (_, branch) => path_cell(branch) },
    { title: t('Chunks'), key: 'chunks', align: 'right', render: sum('chunks', 'chunkCount') },
    { title: t('Rows'), key: 'rows', align: 'right', render: sum('rows', 'rows') },
    { title: <Tooltip title={t('All replicas on the data nodes that are up')}>{t('Size')}</Tooltip>, key: 'size', align: 'right', render: (_, { size }) => size === undefined ? '' : bytes(size) },
    { title: t('Version'), key: 'version', align: 'right', render: only_chunks(entry => entry.version) },
    { title: t('State'), key: 'state', render: only_chunks(entry => <Tag color={entry.state === 'COMPLETE' ? 'green' : 'orange'}>{t(entry.state)}</Tag>) },
    { title: t('Replicas'), key: 'replicas', render: only_chunks(entry => <Replicas entry={entry} />) },
    { title: t('Updated'), key: 'updated', render: only_chunks(entry => text(entry.lastUpdated).slice(0, 19)) },
  ]
  return <main className="page" data-test="screen-files" aria-busy={busy || !looked}>
    <div className="bar"><h1 className="title">{t('File system')}</h1>
      {spread && <span data-test="chunk-sum">{number(spread.databases.size)} {t(spread.databases.size === 1 ? 'database' : 'databases')} · {number(total)} {t(total === 1 ? 'chunk' : 'chunks')}</span>}<span>{t('Times are UTC')}</span><span className="grow" />
      <Input.Search allowClear placeholder={t('database / partition')} aria-label={t('Filter')} style={{ width: 260 }} onSearch={set_filter} onChange={event => set_filter(event.target.value.trim())} />
      <Button onClick={() => { refresh(); count() }} loading={busy}>{t('Refresh')}</Button></div>
    {error && <Alert type="error" message={error} style={{ marginBottom: 12 }} />}
    <Table<Branch> size="small" dataSource={tree} columns={columns} pagination={false} loading={busy && !tree.length} scroll={{ x: 'max-content' }}
      expandable={{ expandedRowKeys: opened, onExpand: expand, indentSize: 22 }} locale={{ emptyText: t(filter ? 'Nothing matches' : 'No databases yet') }} />
  </main>
}
