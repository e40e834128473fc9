// The cluster as a drawing: the controller above, one box for each server, its nodes inside.
import { theme } from 'antd'
import { use_text } from './i18n.ts'
import { Mode, mode_words } from './session.ts'
import type { NodeRow } from './overview.tsx'

const [width, row_height, gap] = [220, 46, 28]

export function Picture({ nodes }: { nodes: NodeRow[] }) {
  const t = use_text()
  const { token } = theme.useToken()
  const heads = nodes.filter(node => node.mode === Mode.controller)
  const rest = nodes.filter(node => node.mode !== Mode.controller)
  const servers = [...new Set(rest.map(node => node.host))]
  const total = Math.max(1, servers.length, heads.length) * (width + gap)
  const tallest = Math.max(1, ...servers.map(host => rest.filter(node => node.host === host).length))
  const box = (node: NodeRow, x: number, y: number) => <g key={node.name}>
    <rect x={x} y={y} width={width - 20} height={row_height - 8} rx={6} fill={token.colorBgContainer}
      stroke={node.state === 1 ? token.colorSuccess : token.colorError} strokeWidth={2} />
    <text x={x + 10} y={y + 16} fontSize={13} fontWeight={600} fill={token.colorText}>{node.name.slice(0, 26)}</text>
    <text x={x + 10} y={y + 31} fontSize={11} fill={token.colorTextSecondary}>{t(mode_words[node.mode])} :{node.port}</text>
  </g>
  return <svg role="img" aria-label={t('Picture')} viewBox={`0 0 ${total} ${130 + tallest * row_height + 40}`}
    style={{ maxWidth: total * 1.3, width: '100%' }}>
    {heads.map((node, i) => box(node, total / 2 - heads.length * width / 2 + i * width + 10, 8))}
    {servers.map((host, i) => {
      const own = rest.filter(node => node.host === host), x = i * (width + gap) + gap / 2
      return <g key={host}>
        {heads.length > 0 && <path d={`M${total / 2} 46 C ${total / 2} 90, ${x + width / 2} 60, ${x + width / 2} 100`} fill="none" stroke={token.colorBorder} strokeWidth={2} />}
        <rect x={x} y={100} width={width} height={own.length * row_height + 36} rx={10} fill={token.colorFillQuaternary} stroke={token.colorBorder} />
        <text x={x + 12} y={121} fontSize={12} fill={token.colorTextSecondary}>{t('Server')} {host}</text>
        {own.map((node, j) => box(node, x + 10, 132 + j * row_height))}
      </g>
    })}
  </svg>
}
