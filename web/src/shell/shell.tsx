// The interactive screen.
import { Suspense, lazy, useCallback, useEffect, useRef, useState } from 'react'
import { Alert, Button, Empty, Spin, Tabs, Tooltip } from 'antd'
import { CaretRightOutlined, ClearOutlined, StopOutlined } from '@ant-design/icons'
import { use_text } from '../i18n.ts'
import { message_of, rows_of, type Session } from '../session.ts'
import { keep, load_kept } from '../store.ts'
import { Editor, type EditorHandle } from './editor.tsx'
import { Grid } from './grid.tsx'
import { result_name, run, table_rows, type Failure, type Shown } from './run.ts'
import { Side, type Variable } from './side.tsx'

const Plot = lazy(() => import('./plot.tsx'))
const most_output = 500_000
const greeting = '// Ctrl+Enter runs the selection, or everything\nselect avg(x) from table(1..10 as x)\n'

async function variables_of(session: Session): Promise<Variable[]> {
  return rows_of<Variable>(await session.shell.invoke('objs', [true])).filter(v => v.name !== result_name)
}

export default function Shell({ session, dark }: { session: Session, dark: boolean }) {
  const t = use_text()
  const editor = useRef<EditorHandle>(null)
  const [busy, set_busy] = useState(false)
  const [shown, set_shown] = useState<Shown>()
  const [output, set_output] = useState('')
  const [failure, set_failure] = useState<Failure>()
  const [tab, set_tab] = useState('result')
  const [variables, set_variables] = useState<Variable[]>([])
  const [stamp, set_stamp] = useState(0)
  const [spent, set_spent] = useState(0)
  const print = useCallback((text: string) => set_output(old => (old + text + (text.endsWith('\n') ? '' : '\n')).slice(-most_output)), [])
  const refresh = useCallback(() => variables_of(session).then(set_variables, () => {}), [session])
  useEffect(() => { refresh() }, [refresh])
  const start = async (selection: boolean) => {
    if (busy) return
    const { text, line } = editor.current!.code(selection)
    set_busy(true)
    set_failure(undefined)
    editor.current!.mark()
    let printed = false
    const begin = performance.now()
    const outcome = await run(session.shell, text, line, message => { printed = true; print(message) })
    set_spent(performance.now() - begin)
    set_failure(outcome.failure)
    editor.current?.mark(outcome.failure?.line)
    if (outcome.failure) print(outcome.failure.text)
    if (outcome.shown) { set_shown(outcome.shown); if (tab === 'output') set_tab('result') } else if (printed && !outcome.failure) set_tab('output')
    set_busy(false)
    set_stamp(x => x + 1)
    await refresh()
  }
  const interrupt = () => session.shell.cancel().catch(problem => print(message_of(problem)))
  const show = async (name: string) => {
    if (busy) return
    try {
      const rows = await table_rows(session.shell, name)
      set_shown(rows !== undefined ? { kind: 'remote', name, rows, title: name } : { kind: 'object', object: await session.shell.eval(name), title: name })
      if (tab === 'output') set_tab('result')
    } catch (problem) {
      set_failure({ text: message_of(problem) })
    }
  }
  const show_table = async (db: string, table: string) => {
    const name = `loadTable(${JSON.stringify(db)}, ${JSON.stringify(table)})`
    try {
      set_shown({ kind: 'remote', name, rows: Number(await session.shell.execute(`exec count(*) from ${name}`)), title: `${db}/${table}` })
    } catch (problem) {
      set_failure({ text: message_of(problem) })
    }
  }
  return <main className="shell">
    <Side {...{ session, variables, show, show_table, stamp }} />
    <div className="work">
      <div className="bar">
        <Button type="primary" icon={<CaretRightOutlined />} disabled={busy} onClick={() => start(false)} data-test="run">{t('Run all')}</Button>
        <Tooltip title="Ctrl+Enter"><Button disabled={busy} onClick={() => start(true)} data-test="run-selection">{t('Run selection')}</Button></Tooltip>
        <Button danger icon={<StopOutlined />} disabled={!busy} onClick={interrupt} data-test="interrupt">{t('Interrupt')}</Button>
        {busy && <Spin size="small" />}
        {!busy && spent > 0 && <span style={{ opacity: .75 }} data-test="spent">{spent < 1000 ? `${spent.toFixed(0)} ms` : `${(spent / 1000).toFixed(2)} s`}</span>}
        <span className="grow" />
        <Button type="text" icon={<ClearOutlined />} onClick={() => { set_output(''); set_failure(undefined); editor.current?.mark() }}>{t('Clear')}</Button>
      </div>
      <Editor ref={editor} text={load_kept('script') || greeting} changed={text => keep('script', text)} dark={dark} run={start}
        variables={() => variables.map(v => v.name)} />
      <div className="results">
        {failure && <Alert type="error" message={failure.text} closable onClose={() => set_failure(undefined)}
          action={!session.shell.connected && !busy && <Button size="small" onClick={() => location.reload()}>{t('Reconnect')}</Button>} style={{ marginTop: 8 }} data-test="failure" />}
        <Tabs size="small" activeKey={tab} onChange={set_tab} destroyOnHidden tabBarExtraContent={shown && <span className="mono" style={{ opacity: .75 }}>{shown.title}</span>} items={[
          { key: 'result', label: t('Result'), children: shown ? <Grid shown={shown} ddb={session.shell} /> : <Empty description={t('Run a script to see its result here')} /> },
          { key: 'plot', label: t('Plot'), children: <Suspense fallback={<Spin />}><Plot shown={shown} ddb={session.shell} dark={dark} /></Suspense> },
          { key: 'output', label: t('Output'), children: <pre className="output mono" data-test="output" tabIndex={0}>{output}</pre> },
        ]} />
      </div>
    </div>
  </main>
}
