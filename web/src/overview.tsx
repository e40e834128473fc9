// The nodes of the cluster, live, and their start and stop.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Alert, App, Badge, Button, Card, Checkbox, Popconfirm, Progress, Segmented, Space, Table, Tag, type ButtonProps } from 'antd'
import { CaretRightOutlined, FileTextOutlined, PoweroffOutlined } from '@ant-design/icons'
import { bytes, duration, percent } from './format.ts'
import { use_text } from './i18n.ts'
import { message_of, Mode, mode_words, on_controller, rows_of, type Session } from './session.ts'
import { use_polling } from './polling.ts'
import { use_kept } from './store.ts'
import { Picture } from './picture.tsx'
import type { Go } from './app.tsx'

export interface NodeRow {
  name: string, mode: Mode, state: number, host: string, port: number, agentSite: string, note: string, version: string
  cpuUsage: number, memoryAlloc: bigint, memoryUsed: bigint, maxMemSize: number, connectionNum: number, maxConnections: number
  runningJobs: number, queuedJobs: number, diskCapacity: bigint, diskFreeSpace: bigint, uptime: bigint
}

interface Wish { state: number, until: number }
const patience_ms = 60_000
const can_switch = (row: NodeRow) => row.mode === Mode.data || row.mode === Mode.compute

/** The table of getClusterPerf, polled; `error` while the poll fails. */
function use_nodes(session: Session) {
  const [nodes, set_nodes] = useState<NodeRow[]>([])
  const [error, set_error] = useState('')
  const poll = useCallback(async () => {
    try {
      const rows = rows_of<NodeRow>(await session.ddb.invoke('getClusterPerf', [true], { urgent: true }))
      set_nodes(rows.sort((a, b) => a.host.localeCompare(b.host) || a.port - b.port))
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
  }, [session])
  return { nodes, error, poll, loaded: use_polling(poll, 2000) }
}

export function Overview({ session, go }: { session: Session, go: Go }) {
  const t = use_text()
  const { message } = App.useApp()
  const { nodes, error, poll, loaded } = use_nodes(session)
  const [view, set_view] = use_kept('overview', 'cards')
  const [chosen, set_chosen] = useState<string[]>([])
  const [wishes, set_wishes] = useState<Record<string, Wish>>({})
  const waits = useRef(wishes)
  waits.current = wishes
  useEffect(() => {
    const left = Object.entries(waits.current).filter(([name, wish]) => {
      const row = nodes.find(node => node.name === name)
      return row && row.state !== wish.state && Date.now() < wish.until && !(wish.state === 1 && row.note && row.state === 0
        && Date.now() > wish.until - patience_ms + 5000)
    })
    if (left.length !== Object.keys(waits.current).length) set_wishes(Object.fromEntries(left))
  }, [nodes])
  const change = async (state: number) => {
    const names = nodes.filter(node => chosen.includes(node.name) && (state === 1) !== (node.state === 1)).map(node => node.name)
    if (!names.length) return
    set_wishes({ ...wishes, ...Object.fromEntries(names.map(name => [name, { state, until: Date.now() + patience_ms }])) })
    try {
      await on_controller(session, state ? 'startDataNode' : 'stopDataNode', [names])
    } catch (problem) {
      message.error(message_of(problem), 8)
      set_wishes({})
    }
    await poll()
  }
  const busy = Object.keys(wishes).length
  const controls = { nodes, chosen, set_chosen, wishes, go }
  return <main className="page" data-test="screen-overview" aria-busy={!loaded}>
    {error && session.ddb.connected && <Alert type="error" message={error} style={{ marginBottom: 12 }} />}
    <div className="bar">
      <strong data-test="online">{nodes.filter(node => node.state === 1).length} / {nodes.length} {t('online')}</strong>
      <span className="grow" />
      <span>{chosen.length} {t('selected')}</span>
      <Button type="primary" icon={<CaretRightOutlined />} disabled={!chosen.length || !session.is_admin} onClick={() => change(1)}
        data-test="start" loading={busy > 0 && Object.values(wishes).some(wish => wish.state === 1)}>{t('Start')}</Button>
      <Popconfirm title={t('Stop the selected nodes?')} description={t('Their running jobs end with an error.')} onConfirm={() => change(0)}
        okButtonProps={{ danger: true, 'data-test': 'stop-yes' } as ButtonProps} okText={t('Stop')}>
        <Button danger icon={<PoweroffOutlined />} disabled={!chosen.length || !session.is_admin} data-test="stop"
          loading={busy > 0 && Object.values(wishes).some(wish => wish.state === 0)}>{t('Stop')}</Button>
      </Popconfirm>
      <Segmented value={view} onChange={set_view} options={[{ value: 'cards', label: t('Cards') }, { value: 'table', label: t('Table') },
        { value: 'picture', label: t('Picture') }]} />
    </div>
    {view === 'table' ? <NodeTable {...controls} /> : view === 'picture' ? <Picture session={session} nodes={nodes} /> : <NodeCards {...controls} />}
  </main>
}

interface Controls {
  nodes: NodeRow[], chosen: string[], set_chosen: (names: string[]) => void, wishes: Record<string, Wish>, go: Go
}

export function State({ row, wish }: { row: NodeRow, wish?: Wish }) {
  const t = use_text()
  const color = wish ? 'processing' : row.state === 1 ? 'success' : row.state === 0 ? 'error' : 'warning'
  const word = wish ? wish.state ? 'Starting' : 'Stopping' : row.state === 1 ? 'Online' : row.state === 0 ? 'Offline' : 'Starting'
  return <Badge status={color} text={t(word)} data-test={`state-${row.name}`} />
}

const disk_share = (row: NodeRow) => Number(row.diskCapacity) ? 100 - 100 * Number(row.diskFreeSpace) / Number(row.diskCapacity) : 0
const limit_of = (row: NodeRow) => row.maxMemSize * 2 ** 30

function Memory({ row }: { row: NodeRow }) {
  return <span>{bytes(row.memoryAlloc)}{row.maxMemSize ? ` / ${bytes(limit_of(row))}` : ''}</span>
}

function NodeCards({ nodes, chosen, set_chosen, wishes, go }: Controls) {
  const t = use_text()
  const servers = useMemo(() => [...new Set(nodes.map(node => node.host))], [nodes])
  const toggle = (name: string) => set_chosen(chosen.includes(name) ? chosen.filter(x => x !== name) : [...chosen, name])
  return <>{servers.map(host => <section key={host}>
    <h2 className="server">{t('Server')} {host}</h2>
    <div className="cards">{nodes.filter(node => node.host === host).map(row => {
      const live = row.state === 1
      return <Card size="small" key={row.name} data-test={`node-${row.name}`} style={{ borderLeft: `4px solid ${live ? '#389e0d' : '#cf1322'}` }}
        title={<Space>{can_switch(row) && <Checkbox aria-label={row.name} checked={chosen.includes(row.name)} onChange={() => toggle(row.name)} />}
          {live && row.mode !== Mode.agent ? <a href={`http://${row.host}:${row.port}/`} target="_blank" rel="noreferrer">{row.name}</a> : row.name}</Space>}
        extra={<State row={row} wish={wishes[row.name]} />}>
        <div className="pairs">
          <span>{t('Role')}</span><span><Tag>{t(mode_words[row.mode])}</Tag></span>
          <span>{t('Address')}</span><span className="mono">{row.host}:{row.port}</span>
          <span>{t('CPU')}</span>{live ? <Progress size="small" percent={Math.min(100, row.cpuUsage)} format={() => percent(row.cpuUsage)} aria-label={t('CPU')} /> : <span>-</span>}
          <span>{t('Memory')}</span>{live ? <Memory row={row} /> : <span>-</span>}
          <span>{t('Disk')}</span>{live ? <Progress size="small" percent={disk_share(row)} format={() => `${Math.round(disk_share(row))}%`} aria-label={t('Disk')} /> : <span>-</span>}
          <span>{t('Connections')}</span><span>{live ? `${row.connectionNum} / ${row.maxConnections}` : '-'}</span>
          <span>{t('Running jobs')}</span><span>{live ? `${row.runningJobs} (+${row.queuedJobs})` : '-'}</span>
          <span>{t('Version')}</span><span>{row.version} {live && Number(row.uptime) > 0 && `· ${duration(row.uptime)}`}</span>
        </div>
        {row.note && <Alert className="note" type="error" message={row.note} data-test={`note-${row.name}`} />}
        {row.note && <Button size="small" type="link" icon={<FileTextOutlined />} onClick={() => go('logs', row.name)}>{t('Log')}</Button>}
      </Card>
    })}</div>
  </section>)}</>
}

function NodeTable({ nodes, chosen, set_chosen, wishes, go }: Controls) {
  const t = use_text()
  // Its own scrolling: the table's would put a second, hidden set of checkboxes into the page.
  return <div className="wide"><Table<NodeRow> size="small" rowKey="name" dataSource={nodes} pagination={false}
    rowSelection={{ selectedRowKeys: chosen, onChange: keys => set_chosen(keys as string[]),
      getCheckboxProps: row => ({ disabled: !can_switch(row), 'aria-label': row.name } as object) }}
    columns={[
      { title: t('Server'), dataIndex: 'host', onCell: (row, i) => {
        const first = !i || nodes[i - 1].host !== row.host
        return { rowSpan: first ? nodes.filter(node => node.host === row.host).length : 0 }
      } },
      { title: t('Name'), dataIndex: 'name', sorter: (a, b) => a.name.localeCompare(b.name), render: (name, row) => <>{name} <span className="faint mono">:{row.port}</span></> },
      { title: t('Role'), dataIndex: 'mode', render: mode => t(mode_words[mode]) },
      { title: t('State'), render: (_, row) => <State row={row} wish={wishes[row.name]} /> },
      { title: t('CPU'), align: 'right', render: (_, row) => row.state === 1 ? percent(row.cpuUsage) : '-' },
      { title: t('Memory'), align: 'right', render: (_, row) => row.state === 1 ? <Memory row={row} /> : '-' },
      { title: t('Connections'), align: 'right', dataIndex: 'connectionNum' },
      { title: t('Jobs'), align: 'right', dataIndex: 'runningJobs' },
      { title: t('Disk'), align: 'right', render: (_, row) => row.state === 1 ? `${Math.round(disk_share(row))}%` : '-' },
      { title: t('Version'), dataIndex: 'version' },
      { title: t('Uptime'), align: 'right', render: (_, row) => row.state === 1 ? duration(row.uptime) : '-' },
      { title: t('Note'), dataIndex: 'note', render: (note, row) => note && <Space><span>{note}</span>
        <Button size="small" type="link" onClick={() => go('logs', row.name)}>{t('Log')}</Button></Space> },
    ]} /></div>
}
