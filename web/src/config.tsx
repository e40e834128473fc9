// The three files a controller keeps: cluster.cfg, controller.cfg and cluster.nodes.
import { useCallback, useEffect, useState } from 'react'
import { Alert, App, Button, Spin, Table } from 'antd'
import { PlusOutlined, SaveOutlined } from '@ant-design/icons'
import { use_text } from './i18n.ts'
import { message_of, type Session } from './session.ts'
import { fresh_line, parse_line, problem_of, text_of_line, type Line } from './settings.ts'
import { line_columns } from './config_columns.tsx'
import { fresh_node, node_columns, node_problem, parse_node, text_of_node, type NodeLine } from './config_nodes.tsx'

export type Kind = 'nodes' | 'controller' | 'cluster'
const files = { nodes: 'cluster.cfg', controller: 'controller.cfg', cluster: 'cluster.nodes' }
const loads = { nodes: 'loadClusterNodesConfigs', controller: 'loadControllerConfigs', cluster: 'getClusterNodesCfg' }
const saves = { nodes: 'saveClusterNodesConfigs', controller: 'saveControllerConfigs', cluster: 'saveClusterNodes' }

/** The lines of the file, and what saves them. */
function use_file(session: Session, kind: Kind) {
  const [texts, set_texts] = useState<string[]>()
  const [aliases, set_aliases] = useState<string[]>([])
  const [error, set_error] = useState('')
  const load = useCallback(async () => {
    try {
      const nodes = (await session.ddb.invoke<string[]>('getClusterNodesCfg')).map(parse_node).filter(node => !node.text && node.mode !== 'agent')
      set_aliases(nodes.map(node => node.alias))
      set_texts(await session.ddb.invoke<string[]>(loads[kind]))
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
  }, [session, kind])
  useEffect(() => { load() }, [load])
  const save = (lines: string[]) => session.ddb.invoke(saves[kind], [lines])
  return { texts, aliases, error, load, save }
}

export default function Config({ session, kind }: { session: Session, kind: Kind }) {
  const { texts, aliases, error, load, save } = use_file(session, kind)
  if (error) return <main className="page"><Alert type="error" message={error} /></main>
  if (!texts) return <main className="page"><Spin /></main>
  return kind === 'cluster' ? <NodeEditor {...{ texts, load, save }} key={texts.join('\n')} />
    : <LineEditor {...{ texts, aliases, load, save, kind }} key={texts.join('\n')} />
}

interface EditorProps { texts: string[], load: () => Promise<void>, save: (lines: string[]) => Promise<unknown> }

/** The buttons above a table, and the answer of the server below them. */
function Head({ file, dirty, wrong, add, submit, load }: { file: string, dirty: boolean, wrong: number, add: () => void, submit: () => Promise<unknown>, load: () => Promise<void> }) {
  const t = use_text()
  const { message } = App.useApp()
  const [refusal, set_refusal] = useState('')
  const go = async () => {
    set_refusal('')
    try {
      await submit()
      message.success(t('Saved. Restart the nodes concerned to apply it.'), 6)
      await load()
    } catch (problem) {
      set_refusal(message_of(problem))
    }
  }
  return <>
    <div className="bar"><span className="mono">{file}</span><span className="grow" />
      <Button icon={<PlusOutlined />} onClick={add} data-test="add">{t('Add')}</Button>
      <Button type="primary" icon={<SaveOutlined />} disabled={!dirty || wrong > 0} onClick={go} data-test="save">{t('Save')}</Button></div>
    {refusal && <Alert type="error" message={refusal} style={{ marginBottom: 12 }} data-test="refusal" />}
  </>
}

function LineEditor({ texts, aliases, load, save, kind }: EditorProps & { aliases: string[], kind: Kind }) {
  const t = use_text()
  const [lines, set_lines] = useState<Line[]>(() => texts.map(parse_line))
  const known = kind === 'nodes' ? aliases : undefined
  const problem = (line: Line) => problem_of(line, known, lines)
  const shown = lines.filter(line => line.text === undefined)
  const comments = lines.filter(line => line.text !== undefined && line.text.trim())
  const change = (id: number, part: Partial<Line>) => set_lines(old => old.map(line => line.id === id ? { ...line, ...part } : line))
  const now = lines.map(text_of_line)
  return <main className="page">
    <Head file={files[kind]} dirty={now.join('\n') !== texts.join('\n')} wrong={shown.filter(problem).length} load={load}
      add={() => set_lines([...lines, fresh_line()])} submit={() => save(now)} />
    <Table<Line> size="small" rowKey="id" dataSource={shown} pagination={false} scroll={{ x: kind === 'nodes' ? 1240 : 960 }}
      columns={line_columns({ t, aliases: known, problem, change, remove: id => set_lines(lines.filter(line => line.id !== id)),
        roles: kind === 'nodes' ? 'DP' : 'C' })} />
    {comments.length > 0 && <details style={{ marginTop: 12 }}><summary>{t('Comments')}</summary>
      <pre className="mono">{comments.map(line => line.text).join('\n')}</pre></details>}
  </main>
}

function NodeEditor({ texts, load, save }: EditorProps) {
  const t = use_text()
  const [nodes, set_nodes] = useState<NodeLine[]>(() => texts.map(parse_node))
  const shown = nodes.filter(node => node.text === undefined)
  const problem = (node: NodeLine) => node_problem(node, shown)
  const change = (id: number, part: Partial<NodeLine>) => set_nodes(old => old.map(node => node.id === id ? { ...node, ...part } : node))
  const now = nodes.map(text_of_node)
  return <main className="page">
    <Head file={files.cluster} dirty={now.join('\n') !== texts.join('\n')} wrong={shown.filter(problem).length} load={load}
      add={() => set_nodes([...nodes, fresh_node(shown.at(-1))])} submit={() => save(now)} />
    <Table<NodeLine> size="small" rowKey="id" dataSource={shown} pagination={false} scroll={{ x: 800 }}
      columns={node_columns({ t, problem, change, remove: id => set_nodes(nodes.filter(node => node.id !== id)) })} />
  </main>
}
