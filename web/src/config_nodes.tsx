// One line of cluster.nodes: host:port:alias,mode[,computeGroup[,zone]].
import { Button, Input, Select, type TableColumnsType } from 'antd'
import { DeleteOutlined } from '@ant-design/icons'

export interface NodeLine { id: number, host: string, port: string, alias: string, mode: string, rest: string, text?: string }
let next = 1
const modes = ['agent', 'datanode', 'computenode']

export function parse_node(text: string): NodeLine {
  const [site, mode, ...rest] = text.trim().split(',').map(part => part.trim())
  const parts = (site ?? '').split(':')
  if (/^(#|\/\/)/.test(text.trim()) || parts.length !== 3) return { id: next++, host: '', port: '', alias: '', mode: '', rest: '', text }
  return { id: next++, host: parts[0], port: parts[1], alias: parts[2], mode: mode ?? '', rest: rest.join(',') }
}

export const text_of_node = (node: NodeLine) => node.text ?? `${node.host}:${node.port}:${node.alias},${node.mode}${node.rest ? ',' + node.rest : ''}`
export const fresh_node = (like?: NodeLine): NodeLine => ({ id: next++, host: like?.host ?? '', port: '', alias: '', mode: 'datanode', rest: '' })

export function node_problem(node: NodeLine, all: NodeLine[]): string | undefined {
  if (!node.host || /[\s,:]/.test(node.host)) return 'Host'
  if (!/^\d+$/.test(node.port) || Number(node.port) < 1 || Number(node.port) > 65535) return 'Port'
  if (!/^[A-Za-z][\w-]*$/.test(node.alias)) return 'Alias'
  if (all.some(other => other !== node && (other.alias === node.alias || other.host === node.host && other.port === node.port))) return 'defined twice'
  return undefined
}

interface Tools { t: (text: string) => string, problem: (node: NodeLine) => string | undefined, change: (id: number, part: Partial<NodeLine>) => void, remove: (id: number) => void }

export function node_columns({ t, problem, change, remove }: Tools): TableColumnsType<NodeLine> {
  const field = (title: string, key: 'host' | 'port' | 'alias') => ({ title: t(title), render: (_: unknown, node: NodeLine) =>
    <Input value={node[key]} aria-label={t(title)} status={problem(node) === title ? 'error' : ''} onChange={event => change(node.id, { [key]: event.target.value })} /> })
  return [field('Alias', 'alias'), field('Host', 'host'), field('Port', 'port'),
    { title: t('Mode'), width: 170, render: (_, node) => <Select value={node.mode} aria-label={t('Mode')} style={{ width: '100%' }}
      options={modes.map(value => ({ value, label: t(value) }))} onChange={mode => change(node.id, { mode })} /> },
    { title: '', width: 140, render: (_, node) => { const found = problem(node); return found && <span role="alert" style={{ color: '#d4380d' }}>{t(found)}</span> } },
    { width: 48, render: (_, node) => <Button type="text" danger icon={<DeleteOutlined />} aria-label={t('Delete')} onClick={() => remove(node.id)} /> }]
}
