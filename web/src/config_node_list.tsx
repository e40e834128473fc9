// The nodes of cluster.nodes: add, change, remove.
import { useState } from 'react'
import { Alert, App, Button, Form, Input, Modal, Popconfirm, Select, Table, Tag, type ButtonProps } from 'antd'
import { DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons'
import { DdbInt } from 'dolphindb/browser.js'
import { use_text } from './i18n.ts'
import { message_of, rows_of, type Session } from './session.ts'
import { held_by, load_spread } from './replicas.ts'
import { modes, node_problems, parse_node, text_of_node, type NodeLine } from './config_nodes.tsx'

interface Props { session: Session, nodes: string[], load: () => Promise<void> }

/** Compute nodes hold nothing; the server refuses to remove others by name, so what they hold is looked at first. */
async function remove(session: Session, node: NodeLine, lines: string[], t: (text: string) => string) {
  if (node.mode === 'computenode') return session.ddb.invoke('removeNode', [node.alias])
  const [row] = rows_of(await session.ddb.invoke('getClusterPerf', [true])).filter(each => each.name === node.alias)
  if (row?.state === 1 && node.mode !== 'agent') throw new Error(`${node.alias}: ${t('is running; stop it first')}`)
  const { whole, behind } = held_by(await load_spread(session), node.alias), held = whole + behind
  if (held) throw new Error(`${node.alias}: ${held} ${t('replicas lie on it; move them to other nodes first (moveReplicas)')}`)
  return session.ddb.invoke('saveClusterNodes', [lines.filter(line => parse_node(line).alias !== node.alias)])
}

async function put(session: Session, node: NodeLine, old: NodeLine | undefined, lines: string[]) {
  if (old) return session.ddb.invoke('saveClusterNodes', [lines.map(line => parse_node(line).alias === old.alias ? text_of_node(node) : line)])
  const port = new DdbInt(Number(node.port))
  if (node.mode === 'agent') return session.ddb.invoke('addAgentToController', [node.host, port, node.alias])
  return session.ddb.invoke('addNode', [node.host, port, node.alias, true, node.mode, ...node.mode === 'computenode' && node.group ? [node.group] : []])
}

export function NodeList({ session, nodes, load }: Props) {
  const t = use_text()
  const { message } = App.useApp()
  const [open, set_open] = useState<{ old?: NodeLine }>()
  const shown = nodes.map(parse_node).filter(node => node.text === undefined)
  const act = async (work: () => Promise<unknown>, done: string) => {
    await work()
    message.success(done, 6)
    await load()
  }
  return <>
    <div className="bar"><span className="mono">cluster.nodes</span><span className="grow" />
      <Button type="primary" icon={<PlusOutlined />} onClick={() => set_open({})} data-test="add-node">{t('Add node')}</Button></div>
    <Table<NodeLine> size="small" rowKey="alias" dataSource={shown} pagination={false} scroll={{ x: 700 }} columns={[
      { title: t('Alias'), dataIndex: 'alias', render: alias => <strong>{alias}</strong> },
      { title: t('Mode'), dataIndex: 'mode', render: mode => <Tag>{t(mode)}</Tag> },
      { title: t('Host'), dataIndex: 'host', render: host => <span className="mono">{host}</span> },
      { title: t('Port'), dataIndex: 'port', render: port => <span className="mono">{port}</span> },
      { title: t('Compute group'), dataIndex: 'group' },
      { title: '', align: 'right', render: (_, node) => <>
        <Button type="text" icon={<EditOutlined />} aria-label={`${t('Change')} ${node.alias}`} onClick={() => set_open({ old: node })} />
        <Popconfirm title={`${t('Remove this node from the cluster?')} ${node.alias}`} okText={t('Remove')} okButtonProps={{ danger: true, 'data-test': 'remove-yes' } as ButtonProps}
          onConfirm={() => act(() => remove(session, node, nodes, t), `${node.alias}: ${t('removed')}`).catch(problem => { message.error(message_of(problem), 10) })}>
          <Button type="text" danger icon={<DeleteOutlined />} aria-label={`${t('Remove')} ${node.alias}`} data-test={`remove-${node.alias}`} />
        </Popconfirm>
      </> },
    ]} />
    {open && <NodeDialog old={open.old} all={shown} close={() => set_open(undefined)} submit={node => act(() => put(session, node, open.old, nodes),
      `${node.alias}: ${t(node.mode === 'agent' ? 'saved; start the agent on its server' : 'saved; start it in the overview')}`)} />}
  </>
}

interface DialogProps { old?: NodeLine, all: NodeLine[], close: () => void, submit: (node: NodeLine) => Promise<void> }

function NodeDialog({ old, all, close, submit }: DialogProps) {
  const t = use_text()
  const agents = all.filter(node => node.mode === 'agent')
  const [node, set_node] = useState<NodeLine>(() => old ?? { host: agents[0]?.host ?? '', port: '', alias: '', mode: 'datanode', group: '', zone: '' })
  const [tried, set_tried] = useState(false)
  const [refusal, set_refusal] = useState('')
  const problems = node_problems(node, all.filter(other => other.alias !== old?.alias))
  const go = async () => {
    set_tried(true)
    set_refusal('')
    if (Object.keys(problems).length) return
    try {
      await submit(node)
      close()
    } catch (problem) {
      set_refusal(message_of(problem))
    }
  }
  const field = (title: string, key: 'host' | 'port' | 'alias' | 'group', disabled = false) => {
    const problem = tried ? problems[key] : undefined
    return <Form.Item label={t(title)} validateStatus={problem ? 'error' : ''} help={problem && <span role="alert" data-test={`problem-${key}`}>{t(problem)}</span>}>
      <Input value={node[key]} aria-label={t(title)} disabled={disabled} onChange={event => set_node({ ...node, [key]: event.target.value })} onPressEnter={go} /></Form.Item>
  }
  return <Modal title={old ? `${t('Change')} ${old.alias}` : t('Add node')} open onCancel={close} onOk={go} okText={t(old ? 'Save' : 'Add')} okButtonProps={{ 'data-test': 'node-ok' } as ButtonProps}>
    <Form layout="vertical">
      <Form.Item label={t('Mode')}><Select value={node.mode} aria-label={t('Mode')} disabled={Boolean(old)} options={modes.map(value => ({ value, label: t(value) }))}
        onChange={mode => set_node({ ...node, mode })} /></Form.Item>
      {field('Alias', 'alias', Boolean(old))}
      {field('Host', 'host')}
      {node.mode !== 'agent' && !agents.some(agent => agent.host === node.host) && node.host && <Alert type="warning" style={{ marginBottom: 16 }}
        message={t('No agent on this host: nothing could start the node.')} />}
      {field('Port', 'port')}
      {node.mode === 'computenode' && field('Compute group', 'group')}
      {refusal && <Alert type="error" message={refusal} data-test="node-refusal" />}
    </Form>
  </Modal>
}
