// Numbers for people.
const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']

export function bytes(value: unknown): string {
  let n = Number(value ?? 0), unit = 0
  while (n >= 1024 && unit < units.length - 1) { n /= 1024; unit++ }
  return `${unit && n < 100 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`
}

export function duration(ms: unknown): string {
  const s = Math.floor(Number(ms ?? 0) / 1000)
  const [d, h, m] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60]
  return d ? `${d}d ${h}h` : h ? `${h}h ${m}m` : m ? `${m}m ${s % 60}s` : `${s}s`
}

export const percent = (x: unknown) => `${Math.max(0, Number(x ?? 0)).toFixed(1)}%`
export const text = (x: unknown) => x === null || x === undefined ? '' : String(x)
