// Two data nodes against one: each has one core of its own and one worker; the controllers and this client take what they find.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { interleave, median, same_numbers } from '../measure.mjs'
import { Pelorus } from '../peers/pelorus.mjs'
import { host, ready, start, stop } from '../processes.mjs'
import * as data from './tutorial_data.mjs'
import { queries } from './tutorial.mjs'

// count_by_date is answered from metadata by either: there is nothing to share out, so it has no goal. What has to be read
// is counted by count_where. mavg20 brings 12 million rows to the node that was asked; mavg20_max only what they come to.
const measured = ['count_where', 'count_by_date', 'ohlc', 'mavg20', 'mavg20_max']
const extra = [
  { item: 'count_where', pelorus: 'select count(*) as n from <table> where Volume < 150', check: [{ pelorus: 'sum(n)' }] },
  { item: 'mavg20_max', pelorus: 'select max(m) as m, avg(m) as a from (select mavg(LastPx, 20, 1) as m from <table> context by SecurityID)',
    check: [{ pelorus: 'sum(m)' }, { pelorus: 'sum(a)' }] }
]

/** A cluster of `nodes` data nodes on the ports from `port` on, the i-th on core i if they are `pinned`. */
export async function cluster ({ build, work }, port, nodes, pinned = true) {
  const home = path.join(work, `scale_out_${nodes}`), controller = `${host}:${port}:bench_controller`, processes = []
  fs.rmSync(home, { recursive: true, force: true })
  fs.mkdirSync(home, { recursive: true })
  const names = Array.from({ length: nodes }, (_, i) => `${host}:${port + 1 + i}:n${i}`)
  fs.writeFileSync(path.join(home, 'cluster.nodes'), ['localSite,mode', ...names.map(n => `${n},datanode`), ''].join('\n'))
  fs.writeFileSync(path.join(home, 'controller.cfg'), `mode=controller\nlocalSite=${controller}\ndfsReplicationFactor=1\n`)
  fs.writeFileSync(path.join(home, 'cluster.cfg'), '')
  const pelorus = path.join(build, 'pelorus')
  const run = async (name, at, program, args) => {
    const log = path.join(home, `${name}.log`), child = start(program, args, log)
    processes.push(child)
    await ready(at, child, log)
  }
  await run('controller', port, pelorus, ['-mode', 'controller', '-home', path.join(home, 'c'), '-config', path.join(home, 'controller.cfg'),
    '-nodesFile', path.join(home, 'cluster.nodes'), '-clusterConfig', path.join(home, 'cluster.cfg')])
  for (let i = 0; i < nodes; ++i) {
    const [program, ...first] = pinned ? ['taskset', '-c', String(i), pelorus] : [pelorus]
    await run(`n${i}`, port + 1 + i, program, [...first, '-mode', 'datanode', '-home', path.join(home, `n${i}`),
      '-localSite', names[i], '-controllerSite', controller, '-workerNum', '1'])
  }
  const client = await Pelorus.open(host, port + 1)
  return { client, home, processes }
}

export async function end ({ client, home, processes }) {
  client?.close()
  for (const child of processes.reverse()) await stop(child)
  fs.rmSync(home, { recursive: true, force: true })
}

/** The one data node takes turns on both cores: where the machine is a share of a larger one, its neighbours slow the cores unevenly, for
    seconds at a time. That is also why the ratio is the median of the rounds' ratios. */
const on_core = (running, core, text) => () => {
  execFileSync('taskset', ['-acp', String(core), String(running.processes.at(-1).pid)], { stdio: 'ignore' })
  return warm(running, text)
}

/** The second of two runs: the first one brings caches along. */
async function warm ({ client }, text) {
  await client.time(text)
  return client.time(text)
}

/** Yields a line an item; `peer` is the same query on one node, the mean of both cores. */
export async function * scale_out (context, days) {
  if (!context.wants('scale_out')) return
  const clusters = {}, db = 'dfs://bench'
  try {
    for (const nodes of [1, 2]) {
      const { client } = clusters[nodes] = await cluster(context, context.base + 10 + nodes * 4, nodes)
      await client.act(data.pelorus_table(db))
      for (let day = 0; day < days; ++day) await client.act(data.pelorus_day(day) + `\nloadTable("${db}", "t").append!(stage__)\nstage__ = NULL`)
    }
    for (const query of [...extra, ...queries].filter(q => measured.includes(q.item))) {
      const text = `res__ = ${query.pelorus.replace('<table>', `loadTable("${db}", "t")`)}`
      const times = await interleave({ one_0: on_core(clusters[1], 0, text), pelorus: () => warm(clusters[2], text), one_1: on_core(clusters[1], 1, text) },
        { rounds: 16 })
      const one = times.one_0.rounds.map((time, round) => (time.server + times.one_1.rounds[round].server) / 2)
      const ratio = median(one.map((time, round) => time / times.pelorus.rounds[round].server))
      const sums = []
      for (const nodes of [1, 2]) {
        sums[nodes] = []
        for (const c of query.check) sums[nodes].push([await clusters[nodes].client.run(`exec ${c.pelorus} from res__`)].flat()[0])
      }
      yield { item: `scale_out_${query.item}`, scale: days, pelorus_s: times.pelorus.server, pelorus_client_s: times.pelorus.client,
        pelorus_server_s: times.pelorus.server, peer: 'one data node', peer_s: median(one),
        ratio, goal: query.item === 'count_by_date' ? undefined : 1.8, equal: same_numbers(sums[1], sums[2]), others: {} }
    }
  } finally { for (const one of Object.values(clusters)) await end(one) }
}
