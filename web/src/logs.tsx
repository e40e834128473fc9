// The log of a node, in pages from its end.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Alert, Button, Input, Select, Space, Switch } from 'antd'
import { LeftOutlined, RightOutlined, VerticalLeftOutlined } from '@ant-design/icons'
import { bytes } from './format.ts'
import { use_text } from './i18n.ts'
import { message_of, Mode, rows_of, type Session } from './session.ts'
import { use_polling } from './polling.ts'
import { DdbLong } from 'dolphindb/browser.js'
import type { Go } from './app.tsx'

const page = 64 * 1024
const levels = ['DEBUG', 'INFO', 'WARNING', 'ERROR']

/** `length` bytes of the log of `alias` that end `back` bytes before its end, as lines. `agent` keeps that log, if given. */
async function read(session: Session, alias: string, agent: string, back: number, length: number) {
  const part = await session.ddb.call<any>('getServerLog', [new DdbLong(BigInt(length)), new DdbLong(BigInt(back)), true, alias],
    agent ? { node: agent } : { })
  return part.data() as string[]
}

export default function Logs({ session, node, go }: { session: Session, node: string, go: Go }) {
  const t = use_text()
  const alias = node || session.alias
  const [agents, set_agents] = useState<Record<string, string>>()  // node > the agent that keeps its log
  const [lines, set_lines] = useState<string[]>([])
  const [total, set_total] = useState(0)
  const [end, set_end] = useState<number | null>(null)
  const [follow, set_follow] = useState(true)
  const [filter, set_filter] = useState('')
  const [level, set_level] = useState('all')
  const [error, set_error] = useState('')
  const [busy, set_busy] = useState(true)
  const asked = useRef(0)  // only the answer to the last question counts
  useEffect(() => {
    session.ddb.invoke('getClusterPerf', [true]).then(table =>
      set_agents(Object.fromEntries(rows_of(table).filter(row => session.mode === Mode.controller || row.name === session.alias)
        .map(row => [row.name, session.mode !== Mode.controller ? '' : row.mode === Mode.agent ? row.name : row.agentSite?.split(':')[2] ?? '']))),
      problem => { set_error(message_of(problem)); set_busy(false) })
  }, [session])
  const load = useCallback(async () => {
    if (!agents) return
    const agent = agents[alias] ?? '', mine = ++asked.current
    set_busy(true)
    try {
      const size = Number(await session.ddb.invoke('getServerLogLength', [alias], agent ? { node: agent } : { }))
      const stop = end ?? size, start = Math.max(0, stop - page)
      const found = await read(session, alias, agent, size - stop, stop - start)
      if (mine !== asked.current) return
      set_total(size)
      set_lines(found)
      set_error('')
    } catch (problem) {
      if (mine !== asked.current) return
      set_error(message_of(problem))
      set_lines([])
    }
    set_busy(false)
  }, [session, alias, end, agents])
  use_polling(load, 2000, follow && end === null)
  const shown = useMemo(() => lines.filter(line => (level === 'all' || line.includes(`<${level}>`))
    && line.toLowerCase().includes(filter.toLowerCase())), [lines, filter, level])
  const at = end ?? total
  return <main className="page" data-test="screen-logs" aria-busy={busy}>
    <div className="bar">
      <Select aria-label={t('Node')} value={alias} onChange={name => { set_end(null); go('logs', name) }} style={{ minWidth: 160 }}
        options={Object.keys(agents ?? { [alias]: '' }).map(value => ({ value, label: value }))} />
      <Select aria-label={t('Level')} value={level} onChange={set_level} style={{ width: 120 }}
        options={['all', ...levels].map(value => ({ value, label: value === 'all' ? t('all levels') : value }))} />
      <Input.Search allowClear placeholder={t('Filter')} aria-label={t('Filter')} style={{ width: 180 }} onChange={event => set_filter(event.target.value)} />
      <label><Switch size="small" checked={follow} onChange={set_follow} aria-label={t('Follow')} /> {t('Follow')}</label>
      <span className="grow" />
      <span>{bytes(Math.max(0, at - page))} – {bytes(at)} / {bytes(total)}</span>
      <Space.Compact>
        <Button disabled={at <= page} onClick={() => set_end(at - page)} icon={<LeftOutlined />} aria-label={t('Older')} title={t('Older')} />
        <Button disabled={end === null} onClick={() => set_end(at + page >= total ? null : at + page)} icon={<RightOutlined />} aria-label={t('Newer')} title={t('Newer')} />
        <Button disabled={end === null} onClick={() => set_end(null)} icon={<VerticalLeftOutlined />} aria-label={t('Newest')} title={t('Newest')} />
      </Space.Compact>
      <Button onClick={load}>{t('Refresh')}</Button>
    </div>
    {error && <Alert type="warning" message={error} />}
    <div className="log mono" data-test="log">{shown.map((line, i) =>
      <div key={i} className={line.includes('<ERROR>') ? 'error' : line.includes('<WARNING>') ? 'warn' : ''}>{line}</div>)}</div>
  </main>
}
