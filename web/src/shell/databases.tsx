// The tree of databases > tables > columns and partitions. A click on a table or a partition shows a page of it.
import { useCallback, useEffect, useRef, useState } from 'react'
import { Alert, Button, Tree } from 'antd'
import { BorderOutlined, ColumnHeightOutlined, DatabaseOutlined, FolderOutlined, KeyOutlined, PartitionOutlined, ReloadOutlined, TableOutlined } from '@ant-design/icons'
import type { DataNode } from 'antd/es/tree'
import { use_text } from '../i18n.ts'
import { folder_of, is_chunk, page_size, quoted, read_directory } from '../dfs.ts'
import { own } from './run.ts'
import { message_of, rows_of, type Session } from '../session.ts'

/** What a click shows: a table, or the partition of it at `path` ("/20230108/Key3"). */
export interface Leaf { db: string, table: string, partition?: { path: string, rows: number } }
interface Branch extends DataNode { leaf?: Leaf, children?: Branch[], load?: () => Promise<Branch[]>, more?: { parent: React.Key, load: () => Promise<Branch[]> } }

const faint = (text: string) => text && <small className="faint">{text}</small>

/** A page of what lies below `path` of a table that is partitioned in so many levels. */
async function partitions_of(session: Session, { db, table }: Leaf, levels: number, path: string, t: (text: string) => string, offset = 0): Promise<Branch[]> {
  const { entries, more } = await read_directory(session, folder_of(db) + path, { table, offset })
  const parent = `${db}/${table}//${path}`
  const found: Branch[] = entries.map(entry => {
    const rows = Number(entry.rows), below = is_chunk(entry) ? path : `${path}/${entry.filename}`
    const look: Branch = { key: `${db}/${table}//${below}${is_chunk(entry) ? '/' : ''}`, title: <>{entry.filename} {faint(rows.toLocaleString('en'))}</> }
    return below.split('/').length > levels ? { ...look, isLeaf: true, icon: <BorderOutlined />, leaf: { db, table, partition: { path: below, rows } } }
      : { ...look, selectable: false, icon: <FolderOutlined />, load: () => partitions_of(session, { db, table }, levels, below, t) }
  })
  if (more) found.push({ key: `${parent}/more`, isLeaf: true, title: <em>{t('Show more')}</em>,
    more: { parent, load: () => partitions_of(session, { db, table }, levels, path, t, offset + page_size) } })
  return found
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
      load: () => partitions_of(session, { db, table }, keys.length, '', t) },
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
  const place = useRef<HTMLDivElement>(null), [height, set_height] = useState<number>()
  useEffect(() => {
    // With a height of its own the tree makes rows only for what is seen.
    const watch = new ResizeObserver(() => set_height(place.current?.clientHeight || undefined))
    watch.observe(place.current!)
    return () => watch.disconnect()
  }, [])
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
  const select = async ({ leaf, more }: Branch) => {
    if (leaf) return show(leaf)
    if (!more) return
    const list = (nodes: Branch[]): Branch[] | undefined => nodes.map(node => node.key === more.parent ? node.children : node.children && list(node.children)).find(Boolean)
    try {
      const page = await more.load()
      set_tree(old => {
        const known = list(old) ?? []
        // A second click may have brought this page already.
        return known.some(each => each.more === more) ? put(old, more.parent, [...known.filter(each => !each.more), ...page]) : old
      })
    } catch (problem) {
      set_error(message_of(problem))
    }
  }
  return <section className="databases" data-test="databases">
    <h3>{t('Databases')} <Button size="small" type="text" icon={<ReloadOutlined />} aria-label={t('Refresh')} onClick={load} /></h3>
    {error && <Alert type="warning" message={error} />}
    {!tree.length && !error && <p className="nothing">{t('No databases yet')}</p>}
    <div className="fill" ref={place}><Tree<Branch> showIcon blockNode motion={false} treeData={tree} loadData={expand} loadedKeys={loaded_in(tree)} height={height}
      expandedKeys={opened} onExpand={keys => set_opened(keys)} style={{ background: 'none' }} onSelect={(_, { node }) => select(node)} /></div>
  </section>
}
