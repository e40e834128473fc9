// The table of settings as the console uses it: choices, bounds and which nodes a line concerns.
import settings from 'virtual:settings'

/** When a change of a setting shows: at the next start, at once, or not at all as yet. */
export type Effect = 'needs a restart' | 'at once' | 'no effect yet'
export interface Setting { key: string, roles: string, value: string, fallback: string, meaning: string, effect: Effect }

function setting_from([key, roles, value, fallback, text]: string[]): Setting {
  const effect = text.includes('*planned*') ? 'no effect yet' : text.includes('*at once*') ? 'at once' : 'needs a restart'
  return { key, roles, value, fallback, meaning: text.replace(/ ?\*(planned|at once|inherited)\*/g, ''), effect }
}
export const all_settings: Setting[] = settings.map(setting_from)
const by_key = new Map(all_settings.map(setting => [setting.key, setting]))
export const setting_of = (key: string) => by_key.get(key)

/** A line of a configuration file; `text` is kept as it is when it holds no setting. */
export interface Line { id: number, scope: string, key: string, value: string, text?: string }
let next = 1

export function parse_line(text: string): Line {
  const trimmed = text.trim()
  const equals = trimmed.indexOf('=')
  if (!trimmed || trimmed.startsWith('#') || trimmed.startsWith('//') || equals < 0) return { id: next++, scope: '', key: '', value: '', text }
  const name = trimmed.slice(0, equals).trim(), value = trimmed.slice(equals + 1).trim()
  const dot = by_key.has(name) ? -1 : name.lastIndexOf('.')
  return { id: next++, scope: dot < 0 ? '' : name.slice(0, dot), key: name.slice(dot + 1), value }
}

export const fresh_line = (): Line => ({ id: next++, scope: '', key: '', value: '' })
export const text_of_line = (line: Line) => line.text ?? `${line.scope ? line.scope + '.' : ''}${line.key}=${line.value}`

export function choices_of(setting?: Setting): string[] | undefined {
  if (!setting || / between |:|^(text|path|integer|number)/.test(setting.value)) return undefined
  const words = setting.value.split(',').map(word => word.trim())
  return words.length > 1 && words.every(word => /^[\w-]+$/.test(word)) ? words : undefined
}

/** A node that cluster.cfg speaks of, with its role's letter: D or P. */
export interface Target { alias: string, role: string }

/** `alias` against a scope with % (any characters) and ? (one). */
export function scope_matches(scope: string, alias: string) {
  if (!scope) return true
  const pattern = scope.replace(/[.*+^${}()|[\]\\]/g, '\\$&').replaceAll('%', '.*').replaceAll('?', '.')
  return new RegExp(`^${pattern}$`).test(alias)
}

/** The exact alias wins over patterns, the pattern with more literal characters over others, and these over the plain key. */
const rank_of = (scope: string) => !scope ? -1 : /[%?]/.test(scope) ? scope.replace(/[%?]/g, '').length : Infinity

export interface Hit { alias: string, wins: boolean }

/** The nodes that a line of cluster.cfg speaks of; one does not win where another line of the file is closer to the node. */
export function hits_of(line: Line, targets: Target[], lines: Line[]): Hit[] {
  const roles = setting_of(line.key)?.roles ?? ''
  const rivals = lines.filter(other => other !== line && other.text === undefined && other.key === line.key && rank_of(other.scope) > rank_of(line.scope))
  return targets.filter(({ alias, role }) => roles.includes(role) && scope_matches(line.scope, alias))
    .map(({ alias }) => ({ alias, wins: !rivals.some(other => scope_matches(other.scope, alias)) }))
}

/** The lines that `now` has changed, added or, with the value they had, left out. */
export function changes_between(before: Line[], now: Line[]): Line[] {
  const settings_in = (lines: Line[]) => lines.filter(line => line.text === undefined)
  const same = (a: Line, b: Line) => a.key === b.key && a.scope === b.scope
  return [...settings_in(now).filter(line => settings_in(before).find(old => same(old, line))?.value !== line.value),
    ...settings_in(before).filter(old => !settings_in(now).some(line => same(old, line)))]
}

/** What the server says of single lines: "file:3: workerNum: reason", by key. */
export function refusals_in(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, key, reason] of text.matchAll(/\S+:\d+: ([\w.]+): (.*?)(?= \S+:\d+: |$)/g)) found.set(key, reason)
  return found
}

/** What is wrong with a line, as words for the dictionary, or nothing. */
export function problem_of(line: Line, targets: Target[] | undefined, others: Line[]): string[] | undefined {
  if (line.text !== undefined) return undefined
  const setting = setting_of(line.key)
  if (!setting) return ['unknown parameter', line.key]
  if (!line.value) return ['empty value']
  if (targets && line.scope && !targets.some(({ alias }) => scope_matches(line.scope, alias))) return ['no node matches', line.scope]
  if (others.some(other => other !== line && other.text === undefined && other.key === line.key && other.scope === line.scope)) return ['defined twice']
  const choices = choices_of(setting)
  if (choices && !choices.includes(line.value) && !(choices.includes('true') && /^[01]$/.test(line.value))) return ['must be one of', choices.join(', ')]
  const bounds = /^(integer|number) between ([-\d.]+) and ([-\d.]+)/.exec(setting.value)
  if (bounds) {
    const number = Number(line.value)
    if (!Number.isFinite(number) || bounds[1] === 'integer' && !Number.isInteger(number)) return ['not a number']
    if (number < Number(bounds[2]) || number > Number(bounds[3])) return ['between', bounds[2], 'and', bounds[3]]
  }
  return undefined
}
