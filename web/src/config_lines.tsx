// The settings of one file as a form: change, add, delete, save, and what is to be restarted then.
import { useState } from 'react'
import { Alert, Button, Table } from 'antd'
import { PlusOutlined, SaveOutlined, UndoOutlined } from '@ant-design/icons'
import { use_text } from './i18n.ts'
import { message_of, type Session } from './session.ts'
import { changes_between, fresh_line, hits_of, parse_line, problem_of, refusals_in, setting_of, text_of_line, type Line, type Target } from './settings.ts'
import { line_columns } from './config_columns.tsx'
import type { Go } from './app.tsx'
import type { Kind } from './config.tsx'

const files = { nodes: 'cluster.cfg', controller: 'controller.cfg' }

interface Props {
  session: Session, texts: string[], targets?: Target[], kind: Kind, go: Go
  load: () => Promise<void>, save: (lines: string[]) => Promise<unknown>
}

/** Names of the nodes that must start anew for these changes to show. */
function to_restart(changes: Line[], targets: Target[] | undefined, lines: Line[], controller: string): string[] {
  const slow = changes.filter(line => setting_of(line.key)?.effect === 'needs a restart')
  if (!targets) return slow.length ? [controller] : []
  return [...new Set(slow.flatMap(line => hits_of(line, targets, lines).filter(hit => hit.wins).map(hit => hit.alias)))]
}

/** Outlives the editor, which begins anew when the file was saved. */
const outcomes = new Map<Kind, string[]>()

export function LineEditor({ session, texts, targets, kind, go, load, save }: Props) {
  const t = use_text()
  const [before] = useState<Line[]>(() => texts.map(parse_line))
  const [lines, set_lines] = useState<Line[]>(before)
  const [refusal, set_refusal] = useState('')
  const [restart, set_restart] = useState(() => outcomes.get(kind))
  const refused = refusals_in(refusal)
  const problem = (line: Line) => problem_of(line, targets, lines) ?? (refused.has(line.key) ? [refused.get(line.key)!] : undefined)
  const shown = lines.filter(line => line.text === undefined)
  const changes = changes_between(before, lines)
  const wrong = shown.some(line => problem_of(line, targets, lines))
  const edit = (next: Line[]) => { set_refusal(''); set_restart(undefined); outcomes.delete(kind); set_lines(next) }
  const submit = async () => {
    try {
      await save(lines.map(text_of_line))
      outcomes.set(kind, to_restart(changes, targets, lines, session.alias))
      set_restart(outcomes.get(kind))
      await load()
    } catch (problem) {
      set_refusal(message_of(problem))
    }
  }
  return <>
    <div className="bar"><span className="mono">{files[kind]}</span>
      {changes.length > 0 && <span data-test="changes">{t('Unsaved changes')}: {changes.length}</span>}<span className="grow" />
      <Button icon={<PlusOutlined />} onClick={() => edit([...lines, fresh_line()])} data-test="add">{t('Add parameter')}</Button>
      <Button icon={<UndoOutlined />} disabled={!changes.length} onClick={() => edit(before)}>{t('Discard')}</Button>
      <Button type="primary" icon={<SaveOutlined />} disabled={!changes.length || wrong} onClick={submit} data-test="save">{t('Save')}</Button></div>
    {refusal && <Alert type="error" message={refusal} style={{ marginBottom: 12 }} data-test="refusal" />}
    {restart && <Alert type={restart.length ? 'warning' : 'success'} showIcon style={{ marginBottom: 12 }} data-test="saved"
      message={restart.length ? <>{t('Saved. To apply it, restart:')} <strong>{restart.join(', ')}</strong></> : t('Saved. No restart is needed.')}
      action={restart.length > 0 && targets && <Button size="small" onClick={() => go('overview')}>{t('Overview')}</Button>} />}
    <Table<Line> size="small" rowKey="id" dataSource={shown} pagination={false} scroll={{ x: targets ? 900 : 700 }} className="form-table"
      columns={line_columns({ t, targets, lines, problem, roles: targets ? 'DP' : 'C', remove: id => edit(lines.filter(line => line.id !== id)),
        change: (id, part) => edit(lines.map(line => line.id === id ? { ...line, ...part } : line)) })} />
    <p className="hint">{t('Comments in the file stay where they are.')}{targets && ' ' + t('A scope is an alias, or a pattern: % stands for any characters, ? for one.')}</p>
  </>
}
