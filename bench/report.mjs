// The table, the JSON lines and the HTML page of a run.
import fs from 'node:fs'

const show = r => x => x === undefined || x === null ? '' : r.unit === 'x' ? x.toFixed(2) : r.unit ? `${x.toPrecision(4)} ${r.unit}` : x < 0.1 ? `${(x * 1000).toPrecision(3)} ms` : `${x.toPrecision(3)} s`
export const met = r => r.goal === undefined ? undefined : (r.goal_of === 'pelorus_s' ? r.pelorus_s : r.ratio) >= r.goal
const judged = r => r.goal === undefined ? '' : r.limit !== undefined ? (r.pelorus_s <= r.limit ? 'met' : 'MISSED') : met(r) ? 'met' : 'MISSED'
const rate = r => r.pelorus_per_s ? `${r.pelorus_per_s.toFixed(0)}/s` : r.rows ? `${(r.rows / r.pelorus_s / 1e6).toPrecision(3)} M/s` : ''

const cells = r => [r.item, r.scale >= 1e6 ? r.scale.toExponential(0).replace("+", "") : `x${r.scale}`, show(r)(r.pelorus_s), show(r)(r.pelorus_server_s), r.peer ?? '', show(r)(r.peer_s),
  r.ratio?.toFixed(2) ?? '', r.goal ?? '', judged(r), r.equal === undefined ? '-' : r.equal ? 'yes' : 'NO', rate(r)]
const heads = ['item', 'scale', 'Pelorus', 'by server', 'best peer', 'peer', 'ratio', 'goal', 'is', 'equal', 'rate']
const widths = [20, 6, 10, 10, 22, 10, 7, 5, 7, 6, 10]

export const table_line = r => (r ? cells(r) : heads).map((c, i) => String(c).padEnd(widths[i])).join(' ').trimEnd()

export const json_line = r => JSON.stringify(r)

const escape = s => String(s).replace(/[&<>]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' }[c]))

/** Bars of the ratios on a logarithmic scale, the goal as a tick. */
function chart (results) {
  const rows = results.filter(r => r.ratio > 0), height = 22, left = 210, width = 560
  const top = Math.max(...rows.map(r => Math.max(r.ratio, r.goal_of ? 1 : r.goal ?? 1)), 2), low = Math.min(...rows.map(r => r.ratio), 0.5)
  const x = v => left + width * Math.log(v / low) / Math.log(top / low)
  const bars = rows.map((r, i) => {
    const y = i * height + 4, goal = r.goal_of ? undefined : r.goal
    const from = Math.min(x(1), x(r.ratio)), size = Math.abs(x(r.ratio) - x(1))
    return `<text x="${left - 8}" y="${y + 12}" text-anchor="end">${escape(r.item)} x${r.scale}</text>
<rect x="${from.toFixed(1)}" y="${y}" width="${Math.max(size, 1).toFixed(1)}" height="15" class="${judged(r) === 'MISSED' ? 'low' : 'good'}"/>
<text x="${(Math.max(x(r.ratio), x(1)) + 5).toFixed(1)}" y="${y + 12}">${r.ratio.toFixed(2)}</text>${goal ? `
<line x1="${x(goal).toFixed(1)}" x2="${x(goal).toFixed(1)}" y1="${y - 2}" y2="${y + 17}" class="goal"/>` : ''}`
  })
  return `<svg width="${left + width + 70}" height="${rows.length * height + 10}" role="img" aria-label="ratios">
<line x1="${x(1)}" x2="${x(1)}" y1="0" y2="${rows.length * height}" class="one"/>${bars.join('\n')}</svg>`
}

export function write_page (file, results, about) {
  const body = results.map(r => `<tr class="${judged(r)}">${cells(r).map(c => `<td>${escape(c)}</td>`).join('')}</tr>`).join('\n')
  fs.writeFileSync(file, `<!doctype html><html lang="en"><meta charset="utf-8"><title>Pelorus and its peers</title><style>
body{font:14px system-ui,sans-serif;margin:2em;max-width:70em}table{border-collapse:collapse}td,th{padding:3px 10px;text-align:left;border-bottom:1px solid #ddd}
tr.MISSED td:nth-child(9){color:#b3261e;font-weight:600}svg text{font:12px system-ui,sans-serif}.good{fill:#2e7d5b}.low{fill:#c77c2e}.goal{stroke:#222;stroke-width:2}.one{stroke:#bbb}</style>
<h1>Pelorus and its peers</h1><p>${escape(about)}</p><h2>Ratio, peer seconds over Pelorus seconds</h2><p>Logarithmic; the grey line is 1, the black tick the goal.</p>${chart(results)}
<h2>All figures</h2><table><tr>${heads.map(h => `<th>${h}</th>`).join('')}</tr>${body}</table></html>
`)
}
