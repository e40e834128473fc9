// The tree of databases > tables > columns and partitions. A click on a table or a partition shows a page of it.
import { useCallback, useEffect, useState } from 'react'
import { Alert, Button, Tree } from 'antd'
import { BorderOutlined, ColumnHeightOutlined, DatabaseOutlined, FolderOutlined, KeyOutlined, PartitionOutlined, ReloadOutlined, TableOutlined } from '@ant-design/icons'
import type { DataNode } from 'antd/es/tree'
import { use_text } from '../i18n.ts'
import { own } from './run.ts'
import { message_of, Mode, rows_of, type Session } from '../session.ts'

export interface Partition { path: string, chunk: string, rows: number }
/** What a click shows: a table, or one partition of it. */
export interface Leaf { db: string, table: string, partition?: Partition }
interface Branch extends DataNode { leaf?: Leaf, children?: Branch[], load?: () => Promise<Branch[]> }

const most = 1000
const quoted = (text: string) => JSON.stringify(text)
const faint = (text: string) => text && <small className="faint">{text}</small>

/** The partitions of a table by name, from the data nodes that are up; a replica is as good as another. */
async function partitions_of(session: Session, db: string, table: string): Promise<Partition[]> {
  const root = db.replace('dfs:/', '')
  const nodes = session.mode === Mode.single ? [session.alias] : rows_of(await session.ddb.invoke('getClusterPerf', [true]))
    .filter(node => node.mode === Mode.data && node.state === 1).map(node => node.name as string)
  const parts = await Promise.all(nodes.map(node => session.ddb.invoke('getTabletsMeta', [`${root}/%`, table, false, most],
    node === session.alias ? {} : { node }).then(rows_of, () => [])))
  const found = new Map<string, Partition>()
  for (const row of parts.flat()) {
    const path = String(row.dfsPath).slice(root.length + 1), rows = Number(row.rowNum)
    if (!found.has(path) || found.get(path)!.rows < rows) found.set(path, { path, chunk: row.chunkId, rows })
  }
  return [...found.values()].sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }))
}

function partition_leaves(db: string, table: string, list: Partition[]): Branch[] {
  return list.map(partition => ({ key: `${db}/${table}//${partition.path}`, isLeaf: true, icon: <BorderOutlined />, leaf: { db, table, partition },
    title: <>{partition.path} {faint(partition.rows.toLocaleString('en'))}</> }))
}

/** The two folders below a table. */
async function folders_of(session: Session, db: string, table: string, t: (text: string) => string): Promise<Branch[]> {
  const path = `${db}/${table}`
  const found = await session.ddb.execute(`schema(loadTable(${quoted(db)}, ${quoted(table)}))${own}`)
  const keys = [found.partitionColumnName ?? []].flat() as string[]
  const columns: Branch[] = rows_of(found.colDefs).map(row => ({ key: `${path}/${row.name}`, isLeaf: true, selectable: false,
    icon: keys.includes(row.name) ? <KeyOutlined aria-label={t('partition column')} /> : <ColumnHeightOutlined rotate={90} />, title: <>{row.name} {faint(row.typeString)}</> }))
  const schemes = [found.partitionTypeName ?? []].flat().join(', ')
  return [
    { key: `${path}/`, selectable: false, icon: <FolderOutlined />, title: <>{t('Columns')} {faint(String(columns.length))}</>, children: columns },
    { key: `${path}//`, selectable: false, icon: <PartitionOutlined />, title: <>{t('Partitions')} {faint(schemes)}</>,
      load: async () => partition_leaves(db, table, await partitions_of(session, db, table)) },
  ]
}

/** What the tree has, so that an opened table is asked for again after a refresh that came in between. */
const loaded_in = (nodes: Branch[]): React.Key[] => nodes.flatMap(node => node.children ? [node.key, ...loaded_in(node.children)] : [])

interface Props { session: Session, show: (leaf: Leaf) => void, stamp: number }

export function Databases({ session, show, stamp }: Props) {
  const t = use_text()
  const [tree, set_tree] = useState<Branch[]>([])
  const [error, set_error] = useState('')
  const [opened, set_opened] = useState<React.Key[]>([])
  const load = useCallback(async () => {
    try {
      const databases = await session.ddb.invoke<string[]>('getClusterDFSDatabases')
      const tables = await session.ddb.invoke<string[]>('getClusterDFSTables')
      const of = (db: string) => tables.filter(path => path.slice(0, path.lastIndexOf('/')) === db).sort()
      set_tree([...databases].sort().map(db => ({ key: db, title: db.replace('dfs://', ''), icon: <DatabaseOutlined />, selectable: false,
        children: of(db).map(path => {
          const table = path.slice(db.length + 1)
          return { key: path, title: table, icon: <TableOutlined />, leaf: { db, table }, load: () => folders_of(session, db, table, t) }
        }) })))
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
  }, [session])
  useEffect(() => { load() }, [load, stamp])
  const put = (nodes: Branch[], key: React.Key, children: Branch[]): Branch[] => nodes.map(each => each.key === key ? { ...each, children, isLeaf: !children.length }
    : each.children ? { ...each, children: put(each.children, key, children) } : each)
  const expand = async (node: Branch) => {
    if (!node.load || node.children) return
    try {
      const children = await node.load()
      set_tree(old => put(old, node.key, children))
      const columns = children.find(each => String(each.key).endsWith('/') && each.children)
      if (columns) set_opened(old => [...old, columns.key])
    } catch (problem) {
      set_tree(old => put(old, node.key, []))  // else it would be asked for again and again
      set_error(message_of(problem))
    }
  }
  return <section className="databases" data-test="databases">
    <h3>{t('Databases')} <Button size="small" type="text" icon={<ReloadOutlined />} aria-label={t('Refresh')} onClick={load} /></h3>
    {error && <Alert type="warning" message={error} />}
    {!tree.length && !error && <p className="nothing">{t('No databases yet')}</p>}
    <Tree<Branch> showIcon blockNode motion={false} treeData={tree} loadData={expand} loadedKeys={loaded_in(tree)}
      expandedKeys={opened} onExpand={keys => set_opened(keys)} style={{ background: 'none' }} onSelect={(_, { node }) => node.leaf && show(node.leaf)} />
  </section>
}
