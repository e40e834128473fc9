// What a controller keeps in files: controller.cfg, and cluster.cfg with cluster.nodes.
import { useCallback, useEffect, useState } from 'react'
import { Alert, Spin, Tabs } from 'antd'
import { use_text } from './i18n.ts'
import { message_of, type Session } from './session.ts'
import { LineEditor } from './config_lines.tsx'
import { parse_node } from './config_nodes.tsx'
import { NodeList } from './config_node_list.tsx'
import type { Target } from './settings.ts'
import type { Go } from './app.tsx'

export type Kind = 'nodes' | 'controller'
const loads = { nodes: 'loadClusterNodesConfigs', controller: 'loadControllerConfigs' }
const saves = { nodes: 'saveClusterNodesConfigs', controller: 'saveControllerConfigs' }

/** The settings of the file and the lines of cluster.nodes, and what saves the settings. */
function use_files(session: Session, kind: Kind) {
  const [texts, set_texts] = useState<string[]>()
  const [nodes, set_nodes] = useState<string[]>([])
  const [error, set_error] = useState('')
  const load = useCallback(async () => {
    try {
      set_nodes(await session.ddb.invoke<string[]>('getClusterNodesCfg'))
      set_texts(await session.ddb.invoke<string[]>(loads[kind]))
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
  }, [session, kind])
  useEffect(() => { load() }, [load])
  const save = (lines: string[]) => session.ddb.invoke(saves[kind], [lines])
  return { texts, nodes, error, load, save }
}

function targets_in(nodes: string[]): Target[] {
  return nodes.map(parse_node).filter(node => node.mode === 'datanode' || node.mode === 'computenode')
    .map(node => ({ alias: node.alias, role: node.mode === 'datanode' ? 'D' : 'P' }))
}

export default function Config({ session, kind, go, tab }: { session: Session, kind: Kind, go: Go, tab?: string }) {
  const t = use_text()
  const { texts, nodes, error, load, save } = use_files(session, kind)
  if (error) return <main className="page"><Alert type="error" message={error} /></main>
  if (!texts) return <main className="page" aria-busy><Spin /></main>
  const editor = <LineEditor {...{ texts, load, save, kind, go, session }} targets={kind === 'nodes' ? targets_in(nodes) : undefined} key={texts.join('\n')} />
  return <main className="page" data-test={`screen-${kind}Config${tab === 'list' ? '/list' : ''}`}>
    <h1 className="title">{t(kind === 'nodes' ? 'Nodes config' : 'Controller config')}</h1>
    {kind === 'controller' ? editor : <Tabs activeKey={tab === 'list' ? 'list' : 'parameters'} onChange={key => go('nodesConfig', key === 'list' ? 'list' : '')} items={[
      { key: 'parameters', label: t('Parameters'), children: editor },
      { key: 'list', label: `${t('Nodes')} (${nodes.filter(text => !parse_node(text).text).length})`, children: <NodeList {...{ session, nodes, load }} /> },
    ]} />}
  </main>
}
