// The replicas of chunks, as getClusterChunksStatus tells them: "node:version:corrupted:..", separated by commas.
export interface Replica { node: string, version: number, corrupted: boolean }
export interface Chunk { chunkId: string, file: string, version: number, state: string, replicas: string, rows: bigint, lastUpdated: string }

export function replicas_of(chunk: Pick<Chunk, 'replicas'>): Replica[] {
  return String(chunk.replicas ?? '').split(',').filter(Boolean).map(part => {
    const [node, version, corrupted] = part.split(':')
    return { node, version: Number(version), corrupted: corrupted === 'true' || corrupted === '1' }
  })
}

/** A replica that is damaged or lacks the newest commits. */
export const is_behind = (chunk: Pick<Chunk, 'version'>, replica: Replica) => replica.corrupted || replica.version < chunk.version

export interface Spread {
  databases: string[]
  /** database > node > replicas there */
  counts: Map<string, Map<string, { whole: number, behind: number }>>
  /** "a b" > chunks that both hold */
  shared: Map<string, number>
}

/** Which node holds how many replicas of which database, and which nodes hold the same chunks. */
export function spread_of(chunks: Chunk[]): Spread {
  const counts: Spread['counts'] = new Map(), shared = new Map<string, number>()
  for (const chunk of chunks) {
    const database = chunk.file.split('/')[1] ?? ''
    const row = counts.get(database) ?? counts.set(database, new Map()).get(database)!
    const replicas = replicas_of(chunk)
    for (const replica of replicas) {
      const cell = row.get(replica.node) ?? row.set(replica.node, { whole: 0, behind: 0 }).get(replica.node)!
      cell[is_behind(chunk, replica) ? 'behind' : 'whole']++
    }
    const names = replicas.map(replica => replica.node).sort()
    names.forEach((a, i) => names.slice(i + 1).forEach(b => shared.set(`${a} ${b}`, (shared.get(`${a} ${b}`) ?? 0) + 1)))
  }
  return { databases: [...counts.keys()].sort(), counts, shared }
}
