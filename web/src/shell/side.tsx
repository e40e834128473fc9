// The left side: databases > tables > columns, and the session's variables.
import { useCallback, useEffect, useState } from 'react'
import { Alert, Button, Tree } from 'antd'
import { ColumnHeightOutlined, DatabaseOutlined, ReloadOutlined, TableOutlined } from '@ant-design/icons'
import type { DataNode } from 'antd/es/tree'
import { bytes } from '../format.ts'
import { use_text } from '../i18n.ts'
import { message_of, rows_of, type Session } from '../session.ts'

export interface Variable { name: string, type: string, form: string, rows: number, columns: number, bytes: bigint, extra: string }

const quoted = (text: string) => JSON.stringify(text)

interface Props { session: Session, variables: Variable[], show: (name: string) => void, show_table: (db: string, table: string) => void, stamp: number }

export function Side({ session, variables, show, show_table, stamp }: Props) {
  const t = use_text()
  return <aside className="side">
    <Databases {...{ session, show_table, stamp }} />
    <h3>{t('Local variables')}</h3>
    {!variables.length && <p style={{ opacity: .75, margin: '0 6px' }}>{t('No variables yet')}</p>}
    {variables.map(v => <button type="button" className="variable" key={v.name} onClick={() => show(v.name)} data-test={`var-${v.name}`}
      title={`${v.name}: ${v.form} ${v.type}, ${v.rows} × ${v.columns}, ${bytes(v.bytes)}`}>
      <span>{v.name}</span><small>{v.form === 'TABLE' ? `${v.rows} × ${v.columns}` : v.form === 'SCALAR' ? v.type.toLowerCase() : `${v.type.toLowerCase()} ${v.form.toLowerCase()} ${v.rows}`} · {bytes(v.bytes)}</small>
    </button>)}
  </aside>
}

function Databases({ session, show_table, stamp }: Pick<Props, 'session' | 'show_table' | 'stamp'>) {
  const t = use_text()
  const [tree, set_tree] = useState<DataNode[]>([])
  const [error, set_error] = useState('')
  const load = useCallback(async () => {
    try {
      const databases = await session.ddb.invoke<string[]>('getClusterDFSDatabases')
      const tables = await session.ddb.invoke<string[]>('getClusterDFSTables')
      const of = (db: string) => tables.filter(path => path.slice(0, path.lastIndexOf('/')) === db)
      set_tree([...databases].sort().map(db => ({ key: db, title: db.replace('dfs://', ''), icon: <DatabaseOutlined />, selectable: false,
        children: of(db).sort().map(path => ({ key: path, title: path.slice(db.length + 1), icon: <TableOutlined /> })) })))
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
  }, [session])
  useEffect(() => { load() }, [load, stamp])
  const split = (path: string) => [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)]
  const columns = async (node: DataNode) => {
    const path = String(node.key)
    if (node.children) return
    const [db, table] = split(path)
    try {
      const found = await session.ddb.execute(`schema(loadTable(${quoted(db)}, ${quoted(table)}))`)
      const keys = [found.partitionColumnName ?? []].flat() as string[]
      const leaves = rows_of(found.colDefs).map(row => ({ key: `${path}/${row.name}`, isLeaf: true, selectable: false, icon: <ColumnHeightOutlined rotate={90} />,
        title: <>{row.name} <small style={{ opacity: .75 }}>{row.typeString}{keys.includes(row.name) ? ` · ${t('Partitions')}` : ''}</small></> }))
      const put = (nodes: DataNode[]): DataNode[] => nodes.map(each => each.key === path ? { ...each, children: leaves }
        : each.children ? { ...each, children: put(each.children) } : each)
      set_tree(put)
    } catch (problem) {
      set_error(message_of(problem))
    }
  }
  return <>
    <h3>{t('Databases')} <Button size="small" type="text" icon={<ReloadOutlined />} aria-label={t('Refresh')} onClick={load} /></h3>
    {error && <Alert type="warning" message={error} />}
    {!tree.length && !error && <p style={{ opacity: .75, margin: '0 6px' }}>{t('No databases yet')}</p>}
    <Tree showIcon blockNode treeData={tree} loadData={columns} style={{ background: 'none' }}
      onSelect={(_, { node }) => { const [db, table] = split(String(node.key)); show_table(db, table) }} />
  </>
}
