// Replicas of chunks: of one, as getDFSDirectoryContent tells them, and of all, as getReplicaPlacement does.
import { rows_of, type Session } from './session.ts'

export interface Replica { node: string, version: number, corrupted: boolean }

/** From "node:version:damaged", separated by commas. */
export function replicas_of(text: string): Replica[] {
  return text.split(',').filter(Boolean).map(part => {
    const [node, version, corrupted] = part.split(':')
    return { node, version: Number(version), corrupted: corrupted === 'true' }
  }).sort((a, b) => a.node.localeCompare(b.node))
}

/** Chunks of a database that lie on the same nodes, of which the same ones are damaged or lack the newest commits. */
interface Placement { database: string, replicas: string, behind: string, chunks: bigint, rows: bigint }

export interface Spread {
  /** What each database has. */
  databases: Map<string, { chunks: number, rows: number }>
  /** database > node > replicas there */
  counts: Map<string, Map<string, { whole: number, behind: number }>>
  /** "a b" > chunks that both hold */
  shared: Map<string, number>
}

function entry<K, V>(map: Map<K, V>, key: K, fresh: () => V): V {
  if (!map.has(key)) map.set(key, fresh())
  return map.get(key)!
}

/** Which node holds how many replicas of which database, and which nodes hold the same chunks; the server counts. */
export async function load_spread(session: Session): Promise<Spread> {
  const spread: Spread = { databases: new Map(), counts: new Map(), shared: new Map() }
  for (const row of rows_of<Placement>(await session.ddb.invoke('getReplicaPlacement'))) {
    const chunks = Number(row.chunks), nodes = row.replicas.split(',').filter(Boolean), behind = row.behind.split(',')
    const sum = entry(spread.databases, row.database, () => ({ chunks: 0, rows: 0 }))
    sum.chunks += chunks
    sum.rows += Number(row.rows)
    for (const node of nodes)
      entry(entry(spread.counts, row.database, () => new Map()), node, () => ({ whole: 0, behind: 0 }))[behind.includes(node) ? 'behind' : 'whole'] += chunks
    nodes.forEach((a, i) => nodes.slice(i + 1).forEach(b => spread.shared.set(`${a} ${b}`, (spread.shared.get(`${a} ${b}`) ?? 0) + chunks)))
  }
  return spread
}

/** Replicas of a node in all databases. */
export function held_by(spread: Spread | undefined, name: string) {
  const sum = { whole: 0, behind: 0 }
  for (const row of spread?.counts.values() ?? []) {
    const cell = row.get(name)
    if (cell) { sum.whole += cell.whole; sum.behind += cell.behind }
  }
  return sum
}
