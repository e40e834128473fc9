// The fields of one setting.
import { AutoComplete, Button, Input, Select, Tag, Tooltip, type TableColumnsType } from 'antd'
import { DeleteOutlined } from '@ant-design/icons'
import { all_settings, choices_of, scope_matches, setting_of, type Line } from './settings.ts'

/** Escape closes the list; the browser's own answer would empty the field as well. */
const keep_text = (event: React.KeyboardEvent) => { if (event.key === 'Escape') event.preventDefault() }

interface Tools {
  t: (text: string) => string, aliases?: string[], roles: string, problem: (line: Line) => string[] | undefined
  change: (id: number, part: Partial<Line>) => void, remove: (id: number) => void
}

/** The help text, and what the setting needs to take effect. */
function Meaning({ line, t }: { line: Line, t: (text: string) => string }) {
  const setting = setting_of(line.key)
  if (!setting) return null
  const marks = ['at once', 'planned', 'inherited'].filter(mark => setting.meaning.endsWith(mark) || setting.meaning.includes(`. ${mark}`))
  const text = marks.reduce((rest, mark) => rest.replace(new RegExp(` ${mark}(?=$| )`), ''), setting.meaning)
  return <span style={{ fontSize: 12.5 }}>{text} <Tag bordered={false}>{t(marks.includes('planned') ? 'no effect yet' : marks.includes('at once') ? 'at once' : 'needs a restart')}</Tag></span>
}

export function line_columns({ t, aliases, roles, problem, change, remove }: Tools): TableColumnsType<Line> {
  const keys = all_settings.filter(setting => [...roles].some(role => setting.roles.includes(role))).map(setting => ({ value: setting.key, label: setting.key }))
  const scopes = aliases?.map(value => ({ value }))
  const contains = (input: string, option?: { value?: string }) => (option?.value ?? '').toLowerCase().includes(input.toLowerCase())
  return [
    ...(aliases ? [{ title: t('Scope'), width: 170, render: (_: unknown, line: Line) => <AutoComplete value={line.scope} options={scopes} placeholder={t('all nodes')}
      aria-label={t('Scope')} filterOption={contains} onInputKeyDown={keep_text} onChange={scope => change(line.id, { scope: scope ?? '' })} style={{ width: '100%' }} /> }] : []),
    { title: t('Key'), width: 230, render: (_, line) => <AutoComplete value={line.key} options={keys} filterOption={contains} aria-label={t('Key')} onInputKeyDown={keep_text}
      status={setting_of(line.key) ? '' : 'error'} onChange={key => change(line.id, { key: key ?? '' })} style={{ width: '100%' }} /> },
    { title: t('Value'), width: 210, render: (_, line) => {
      const setting = setting_of(line.key), choices = choices_of(setting), found = problem(line)
      const options = choices?.map(value => ({ value, label: value }))
      return <>
        {options && (choices!.includes(line.value) || !line.value)
          ? <Select value={line.value || undefined} options={options} aria-label={t('Value')} onChange={value => change(line.id, { value })} style={{ width: '100%' }} />
          : <Input value={line.value} aria-label={t('Value')} status={found ? 'error' : ''} placeholder={setting?.value}
              onChange={event => change(line.id, { value: event.target.value })} />}
        {found && <div role="alert" style={{ color: '#d4380d', fontSize: 12 }} data-test="problem">{found.map(t).join(' ')}</div>}
      </>
    } },
    ...(aliases ? [{ title: t('Effective on'), width: 130, render: (_: unknown, line: Line) => {
      const hit = aliases.filter(alias => scope_matches(line.scope, alias))
      return <Tooltip title={hit.join(', ')}><span>{line.scope ? hit.slice(0, 2).join(', ') + (hit.length > 2 ? ` +${hit.length - 2}` : '') || '-' : t('all nodes')}</span></Tooltip>
    } }] : []),
    { title: t('Default'), width: 130, render: (_, line) => setting_of(line.key)?.fallback },
    { title: t('Meaning'), width: 340, render: (_, line) => <Meaning line={line} t={t} /> },
    { width: 48, render: (_, line) => <Button type="text" danger icon={<DeleteOutlined />} aria-label={t('Delete')} onClick={() => remove(line.id)} /> },
  ]
}
