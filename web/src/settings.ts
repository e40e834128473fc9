// The table of settings as the console uses it: choices, bounds and which nodes a line concerns.
import settings from 'virtual:settings'

export interface Setting { key: string, roles: string, value: string, fallback: string, meaning: string }
export const all_settings: Setting[] = settings.map(([key, roles, value, fallback, meaning]) =>
  ({ key, roles, value, fallback, meaning: meaning.replaceAll('*', '') }))
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

/** `alias` against a scope with % (any characters) and ? (one). */
export function scope_matches(scope: string, alias: string) {
  if (!scope) return true
  const pattern = scope.replace(/[.*+^${}()|[\]\\]/g, '\\$&').replaceAll('%', '.*').replaceAll('?', '.')
  return new RegExp(`^${pattern}$`).test(alias)
}

/** What is wrong with a line, as words for the dictionary, or nothing. */
export function problem_of(line: Line, aliases: string[] | undefined, others: Line[]): string[] | undefined {
  if (line.text !== undefined) return undefined
  const setting = setting_of(line.key)
  if (!setting) return ['unknown parameter', line.key]
  if (!line.value) return ['empty value']
  if (aliases && line.scope && !aliases.some(alias => scope_matches(line.scope, alias))) return ['no node matches', line.scope]
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
