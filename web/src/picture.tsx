// The cluster as a drawing: the controller above, one box for each server with its nodes, and what replicas they share.
import { useCallback, useState } from 'react'
import { Alert, theme } from 'antd'
import { use_text } from './i18n.ts'
import { message_of, Mode, mode_words, type Session } from './session.ts'
import { held_by, load_spread, type Spread } from './replicas.ts'
import { use_polling } from './polling.ts'
import type { NodeRow } from './overview.tsx'

const [width, row_height, gap, top] = [230, 52, 34, 104]
const most_links = 60, most_rows = 200

function use_spread(session: Session) {
  const [spread, set_spread] = useState<Spread>()
  const [error, set_error] = useState('')
  const load = useCallback(async () => {
    try {
      set_spread(await load_spread(session))
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
  }, [session])
  return { spread, error, loaded: use_polling(load, 5000) }
}

export function Picture({ session, nodes }: { session: Session, nodes: NodeRow[] }) {
  const t = use_text()
  const { spread, error, loaded } = use_spread(session)
  return <div aria-busy={!loaded}>
    {error && <Alert type="warning" message={error} />}
    <Drawing nodes={nodes} spread={spread} />
    {spread && spread.databases.size > 0 && <ReplicaTable spread={spread} names={nodes.filter(node => node.mode === Mode.data || node.mode === Mode.single).map(node => node.name)} />}
    {spread && !spread.databases.size && <p className="hint">{t('No replicas yet: no database has been written to.')}</p>}
  </div>
}

function Drawing({ nodes, spread }: { nodes: NodeRow[], spread?: Spread }) {
  const t = use_text()
  const { token } = theme.useToken()
  const heads = nodes.filter(node => node.mode === Mode.controller)
  const rest = nodes.filter(node => node.mode !== Mode.controller)
  const servers = [...new Set(rest.map(node => node.host))]
  const total = Math.max(1, servers.length, heads.length) * (width + gap)
  const tallest = Math.max(1, ...servers.map(host => rest.filter(node => node.host === host).length))
  const bottom = top + tallest * row_height + 36
  const links = [...spread?.shared ?? []].sort((a, b) => b[1] - a[1]).slice(0, most_links)
  const center = (name: string) => {
    const host = servers.findIndex(server => rest.some(node => node.name === name && node.host === server))
    const own = rest.filter(node => node.host === servers[host]), at = own.findIndex(node => node.name === name)
    return { x: host * (width + gap) + gap / 2 + width / 2, y: top + 28 + at * row_height + 22, host }
  }
  const box = (node: NodeRow, x: number, y: number) => {
    const held = held_by(spread, node.name), live = node.state === 1, sum = held.whole + held.behind, bar = width - 40
    return <g key={node.name} data-test={`picture-${node.name}`}>
      <rect x={x} y={y} width={width - 20} height={row_height - 8} rx={6} fill={token.colorBgContainer} stroke={live ? token.colorSuccess : token.colorError} strokeWidth={live ? 1.5 : 2.5} />
      <circle cx={x + 14} cy={y + 15} r={4} fill={live ? token.colorSuccess : token.colorError} />
      <text x={x + 24} y={y + 19} fontSize={13} fontWeight={600} fill={token.colorText}>{node.name.slice(0, 22)}<title>{node.name}</title></text>
      <text x={x + 10} y={y + 35} fontSize={11} fill={token.colorTextDescription}>{t(mode_words[node.mode])} :{node.port}
        {sum > 0 && ` · ${t('Replicas')}: ${sum.toLocaleString('en')}`}</text>
      {sum > 0 && <><rect x={x + 10} y={y + 39} width={bar} height={2.5} fill={token.colorSuccess} rx={1} />
        {held.behind > 0 && <rect x={x + 10} y={y + 39} width={Math.max(3, bar * held.behind / sum)} height={2.5} fill={token.colorWarning} rx={1}><title>{held.behind} {t('behind')}</title></rect>}</>}
    </g>
  }
  return <svg role="img" aria-label={t('Picture')} viewBox={`0 0 ${total} ${bottom + (links.length ? 56 : 16)}`} style={{ maxWidth: total * 1.25, width: '100%' }} data-test="picture">
    {heads.map((node, i) => box(node, total / 2 - heads.length * width / 2 + i * width + 10, 8))}
    {servers.map((host, i) => {
      const own = rest.filter(node => node.host === host), x = i * (width + gap) + gap / 2
      return <g key={host}>
        {heads.length > 0 && <path d={`M${total / 2} 52 C ${total / 2} 90, ${x + width / 2} 62, ${x + width / 2} ${top}`} fill="none" stroke={token.colorBorder} strokeWidth={1.5} />}
        <rect x={x} y={top} width={width} height={own.length * row_height + 34} rx={10} fill={token.colorFillQuaternary} stroke={token.colorBorder} />
        <text x={x + 12} y={top + 19} fontSize={12} fill={token.colorTextDescription}>{t('Server')} {host}</text>
        {own.map((node, j) => box(node, x + 10, top + 28 + j * row_height))}
      </g>
    })}
    {links.map(([pair, count]) => {
      const [a, b] = pair.split(' ').map(center)
      if (a.host < 0 || b.host < 0) return null
      const low = bottom + 26, middle = (a.x + b.x) / 2
      return <g key={pair} data-test="shared">
        <path d={a.host === b.host ? `M${a.x + width / 2 - 10} ${a.y} q 26 ${(b.y - a.y) / 2} 0 ${b.y - a.y}` : `M${a.x} ${bottom} C ${a.x} ${low + 20}, ${b.x} ${low + 20}, ${b.x} ${bottom}`}
          fill="none" stroke={token.colorPrimary} strokeOpacity={.75} strokeWidth={1 + Math.min(4, Math.log10(count + 1))}><title>{pair.replace(' ', ' – ')}: {count}</title></path>
        {a.host !== b.host && links.length <= 12 && <text x={middle} y={low + 24} fontSize={11} textAnchor="middle" fill={token.colorTextDescription}>{t('Chunks on both')}: {count.toLocaleString('en')}</text>}
      </g>
    })}
  </svg>
}

function ReplicaTable({ spread, names }: { spread: Spread, names: string[] }) {
  const t = use_text()
  return <><h2 className="server">{t('Replicas by database and node')}</h2>
    <div className="grid-body" style={{ display: 'inline-block', maxWidth: '100%' }}><table className="grid plain" data-test="replica-table">
      <thead><tr><th>{t('Database')}</th>{names.map(name => <th key={name}>{name}</th>)}</tr></thead>
      <tbody>{[...spread.databases.keys()].sort().slice(0, most_rows).map(database => <tr key={database}><td className="mono">{database}</td>
        {names.map(name => {
          const cell = spread.counts.get(database)?.get(name)
          return <td key={name} className="number">{cell ? (cell.whole + cell.behind).toLocaleString('en') : '-'}{cell && cell.behind > 0 && <span className="behind"> {cell.behind} {t('behind')}</span>}</td>
        })}</tr>)}</tbody></table></div>
    {spread.databases.size > most_rows && <p className="hint">{t('the first')} {most_rows} / {spread.databases.size.toLocaleString('en')}</p>}</>
}
