// The fields of one setting.
import { AutoComplete, Button, Input, Select, Tag, Tooltip, type TableColumnsType } from 'antd'
import { DeleteOutlined } from '@ant-design/icons'
import { chinese_phrase, chinese_settings } from './chinese_settings.ts'
import { use_language } from './i18n.ts'
import { all_settings, choices_of, hits_of, setting_of, type Line, type Target } from './settings.ts'

/** Escape closes the list; the browser's own answer would empty the field as well. */
const keep_text = (event: React.KeyboardEvent) => { if (event.key === 'Escape') event.preventDefault() }
const most_tags = 6

interface Tools {
  t: (text: string) => string, targets?: Target[], lines: Line[], roles: string, problem: (line: Line) => string[] | undefined
  change: (id: number, part: Partial<Line>) => void, remove: (id: number) => void
}

/** The help text, what may stand there, and what a change needs to show. */
function Meaning({ line, t }: { line: Line, t: Tools['t'] }) {
  const chinese = use_language() === 'zh'
  const setting = setting_of(line.key)
  if (!setting) return null
  const phrase = chinese ? chinese_phrase : (text: string) => text
  const color = { 'needs a restart': 'orange', 'at once': 'green', 'no effect yet': 'default' }[setting.effect]
  return <div className="meaning">{chinese ? chinese_settings[setting.key] ?? setting.meaning : setting.meaning}
    <div><Tag bordered={false} color={color} data-test="effect">{t(setting.effect)}</Tag>
      <small>{phrase(setting.value)}{setting.fallback && setting.fallback !== '-' && <> · {t('Default')} <span className="mono">{phrase(setting.fallback)}</span></>}</small></div>
  </div>
}

function Value({ line, found, t, change }: { line: Line, found?: string[], t: Tools['t'], change: Tools['change'] }) {
  const setting = setting_of(line.key), choices = choices_of(setting)
  return <>
    {choices && (choices.includes(line.value) || !line.value)
      ? <Select value={line.value || undefined} options={choices.map(value => ({ value, label: value }))} aria-label={t('Value')} status={found ? 'error' : ''}
          onChange={value => change(line.id, { value })} style={{ width: '100%' }} />
      : <Input value={line.value} aria-label={t('Value')} status={found ? 'error' : ''} placeholder={setting && !choices ? setting.fallback : ''}
          onChange={event => change(line.id, { value: event.target.value })} />}
    {found && <div role="alert" className="problem" data-test="problem">{found.map(t).join(' ')}</div>}
  </>
}

/** The nodes that a line hits; struck out where a line closer to the node wins. */
function Hits({ line, targets, lines, t }: { line: Line, targets: Target[], lines: Line[], t: Tools['t'] }) {
  const hits = hits_of(line, targets, lines)
  const tags = hits.slice(0, most_tags).map(({ alias, wins }) => wins ? <Tag key={alias} color="blue" bordered={false}>{alias}</Tag>
    : <Tooltip key={alias} title={t('another line wins here')}><Tag bordered={false} className="beaten">{alias}</Tag></Tooltip>)
  return <div className="hits" data-test="hits">{tags}{hits.length > most_tags && <Tooltip title={hits.map(hit => hit.alias).join(', ')}>
    <span>+{hits.length - most_tags}</span></Tooltip>}{!hits.length && '-'}</div>
}

export function line_columns({ t, targets, lines, roles, problem, change, remove }: Tools): TableColumnsType<Line> {
  const keys = all_settings.filter(setting => [...roles].some(role => setting.roles.includes(role))).map(setting => ({ value: setting.key, label: setting.key }))
  const scopes = targets?.map(({ alias }) => ({ value: alias }))
  const contains = (input: string, option?: { value?: string }) => (option?.value ?? '').toLowerCase().includes(input.toLowerCase())
  return [
    ...(targets ? [{ title: t('Scope'), width: 132, render: (_: unknown, line: Line) => <AutoComplete value={line.scope} options={scopes} placeholder={t('all nodes')}
      aria-label={t('Scope')} filterOption={contains} onInputKeyDown={keep_text} onChange={scope => change(line.id, { scope: scope ?? '' })} style={{ width: '100%' }} /> }] : []),
    { title: t('Key'), width: 206, render: (_, line) => <AutoComplete value={line.key} options={keys} filterOption={contains} aria-label={t('Key')} onInputKeyDown={keep_text}
      status={setting_of(line.key) ? '' : 'error'} onChange={key => change(line.id, { key: key ?? '' })} style={{ width: '100%' }} /> },
    { title: t('Value'), width: targets ? 140 : 240, render: (_, line) => <Value {...{ line, t, change }} found={problem(line)} /> },
    ...(targets ? [{ title: t('Effective on'), width: 148, render: (_: unknown, line: Line) => <Hits {...{ line, targets, lines, t }} /> }] : []),
    { title: t('Meaning'), render: (_, line) => <Meaning line={line} t={t} /> },
    { width: 52, fixed: 'right', render: (_, line) => <Button type="text" danger icon={<DeleteOutlined />} aria-label={`${t('Delete')} ${line.scope ? line.scope + '.' : ''}${line.key}`} onClick={() => remove(line.id)} /> },
  ]
}
