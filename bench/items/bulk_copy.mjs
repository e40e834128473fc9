// A replica's copy from one data node to another, against what one connection of the network layer carries.
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { median } from '../measure.mjs'
import { Pelorus } from '../peers/pelorus.mjs'
import { pause } from '../processes.mjs'
import { last_json } from './controller.mjs'
import { cluster, end } from './scale_out.mjs'

const run = promisify(execFile)
const rounds = 9, goal = 0.6
// The connection carries the frames that actors/replicator.cpp makes, as many under way; larger ones are slower. Neither's
// processes are bound to a core. The first copy waits for the nodes to connect and is not counted.
// One partition of 10 columns of random bits, which no codec makes smaller.
const table = `db__ = database("dfs://bulk", VALUE, 1..2)
one__ = table(take(1, 1) as id${Array.from({ length: 10 }, (_, i) => `, rand(1.0, 1) as c${i}`).join('')})
createPartitionedTable(db__, one__, "t", "id")`
const append = `loadTable("dfs://bulk", "t").append!(table(take(1, 1000000) as id${Array.from({ length: 10 }, (_, i) => `, rand(1.0, 1000000) as c${i}`).join('')}))`

/** Of the chunks of dfs://bulk. */
const bytes_below = directory => fs.readdirSync(directory, { withFileTypes: true, recursive: true })
  .reduce((sum, entry) => sum + (entry.isFile() && /\bbulk\b/.test(entry.parentPath ?? entry.path) ? fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size : 0), 0)

/** Seconds of one copy by the controller's clock; the replica is removed again. */
async function copy (head, n) {
  await head.act('copyReplicas(from__, to__, chunk__)')
  for (let left = 1200; ; --left) {
    const done = await head.run('exec sum(iif(Status == "Finished", 1, iif(Status == "Aborted", -1000, 0))) from getRecoveryTaskStatus() where ChunkId = chunk__ and Dest = to__')
    if ([done].flat()[0] === n) break
    if ([done].flat()[0] < 0 || left === 0) throw new Error('the copy failed')
    await pause(100)
  }
  return [await head.run('done__ = select long(FinishTime) - long(LastStartTime) as ms from getRecoveryTaskStatus() where ChunkId = chunk__ and Dest = to__ order by FinishTime\nlast(done__.ms)')].flat()[0] / 1000
}

/** Yields one line: MiB/s of the copy (read, sent, written, verified, synced) and of the connection alone; the ratio is the share. */
export async function * bulk_copy (context) {
  if (!context.wants('bulk_copy')) return
  const port = context.base + 10, running = await cluster(context, port, 2, false), copies = [], carried = []
  const head = await Pelorus.open('127.0.0.1', port)
  try {
    await running.client.act(table)
    for (let i = 0; i < 8; ++i) await running.client.act(append)
    await head.act(`all__ = select chunkId, replicas from getClusterChunksStatus() where file like "/bulk/1%"
chunk__ = all__.chunkId[0]
from__ = iif(all__.replicas[0].startsWith("n0"), "n0", "n1")
to__ = iif(from__ == "n0", "n1", "n0")`)
    const target = await head.run('int(right(to__, 1))')
    for (let round = 0; round <= rounds; ++round) {
      const { stdout } = await run(path.join(context.build, 'connection_bench'), [String(port + 9), '2048', '8', '1024'])
      const seconds = await copy(head, round + 1)
      if (round > 0) {
        carried.push(last_json(stdout).mib_per_s)
        copies.push(bytes_below(path.join(running.home, `n${target}`)) / 2 ** 20 / seconds)
      }
      await head.act('deleteReplicas(chunk__, to__)')
    }
    const [speed, yardstick] = [median(copies), median(carried)]
    yield { item: 'bulk_copy', scale: 1, unit: 'MiB/s', pelorus_s: speed, peer: 'one connection', peer_s: yardstick, ratio: speed / yardstick, goal, equal: undefined, others: {} }
  } finally {
    head.close()
    await end(running)
  }
}
