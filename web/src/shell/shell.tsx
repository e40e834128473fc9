// The interactive screen.
import { Suspense, lazy, useCallback, useEffect, useRef, useState } from 'react'
import { Alert, Button, Empty, Spin, Tabs, Tooltip } from 'antd'
import { CaretRightOutlined, ClearOutlined, StopOutlined } from '@ant-design/icons'
import { DdbForm, DdbInt } from 'dolphindb/browser.js'
import { Fence } from '../fence.tsx'
import { use_text } from '../i18n.ts'
import { message_of, rows_of, type Session } from '../session.ts'
import { keep, load_kept } from '../store.ts'
import { folder_of, is_chunk, quoted, read_directory } from '../dfs.ts'
import { Editor, type EditorHandle } from './editor.tsx'
import { Grid } from './grid.tsx'
import { own, paged_table, result_name, run, show_variable, type Failure, type Shown } from './run.ts'
import { Databases, type Leaf } from './databases.tsx'
import { Variables, type Variable } from './variables.tsx'

const Plot = lazy(() => import('./plot.tsx'))
const most_output = 500_000
const greeting = '// Ctrl+Enter runs the selection, or everything\nselect avg(x) from table(1..10 as x)\n'

/** The variables; small ones with their values, which one more request fetches together. */
async function variables_of(session: Session): Promise<Variable[]> {
  const found = rows_of<Variable>(await session.shell.invoke('objs', [true])).filter(v => v.name !== result_name)
  const small = found.filter(v => v.form === 'SCALAR' || v.form === 'PAIR')
  if (!small.length) return found
  // The 0 makes a vector of anything of it, whatever the types are.
  const values = await session.shell.eval<any>(`[${small.map(v => v.name).join(', ')}, 0]${own}`).then(list => list.value as any[], () => [])
  const texts = new Map(small.map((v, i) => [v.name, values[i] === undefined ? undefined : String(format(values[i]))]))
  return found.map(v => ({ ...v, value: texts.get(v.name) }))
}

function format(object: any): string {
  const data = object?.data ? object.data() : object
  return data === null || data === undefined ? 'null' : Array.isArray(data) ? data.join(' : ') : String(data)
}

const is_chart = (shown: Shown) => shown.kind === 'object' && shown.object.form === DdbForm.chart
const is_value = (shown: Shown) => shown.kind === 'object' && (shown.object.form === DdbForm.scalar || shown.object.form === DdbForm.pair)

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
    if (outcome.shown) {
      set_shown(outcome.shown)
      if (is_chart(outcome.shown)) set_tab('plot')
      else if (tab === 'output' || tab === 'plot' && is_value(outcome.shown)) set_tab('result')
    } else if (printed && !outcome.failure) set_tab('output')
    set_busy(false)
    set_stamp(x => x + 1)
    await refresh()
  }
  const interrupt = () => session.shell.cancel().catch(problem => print(message_of(problem)))
  const preview = async (read: () => Promise<Shown>) => {
    if (busy) return
    try {
      set_shown(await read())
      set_failure(undefined)
      if (tab === 'output') set_tab('result')
    } catch (problem) {
      set_failure({ text: message_of(problem) })
    }
  }
  const show_leaf = ({ db, table, partition }: Leaf) => preview(async () => {
    if (partition) {
      const { path, rows } = partition
      const chunk = (await read_directory(session, folder_of(db) + path, { table })).entries.find(is_chunk)
      if (!chunk) throw new Error(t('This partition is no longer there'))
      return { kind: 'remote', rows, title: `${db}${path}/${table}`, read: (offset, size) =>
        session.shell.call<any>('readTabletChunk', [chunk.chunks, db, path, table, new DdbInt(offset), new DdbInt(size)]) }
    }
    const source = `loadTable(${quoted(db)}, ${quoted(table)})`
    return paged_table(session.shell, source, Number(await session.shell.execute(`exec count(*) from ${source}${own}`)), `${db}/${table}`)
  })
  return <main className="shell" data-test="screen-shell">
    <aside className="side">
      <Databases session={session} show={show_leaf} stamp={stamp} />
      <Variables variables={variables} show={name => preview(() => show_variable(session.shell, name))} />
    </aside>
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
        {failure && <Alert type="error" message={failure.text} closable onClose={() => set_failure(undefined)} style={{ marginTop: 8 }} data-test="failure" />}
        <Tabs size="small" activeKey={tab} onChange={set_tab} destroyOnHidden tabBarExtraContent={shown && <span className="mono" style={{ opacity: .75 }}>{shown.title}</span>} items={[
          { key: 'result', label: t('Result'), children: shown ? <Fence of={shown}><Grid shown={shown} /></Fence> : <Empty description={t('Run a script to see its result here')} /> },
          { key: 'plot', label: t('Plot'), children: <Fence of={shown}><Suspense fallback={<Spin />}><Plot shown={shown} dark={dark} /></Suspense></Fence> },
          { key: 'output', label: t('Output'), children: <pre className="output mono" data-test="output" tabIndex={0}>{output}</pre> },
        ]} />
      </div>
    </div>
  </main>
}
