// The controller under load (durable metadata against etcd, heartbeats of 1,000 nodes), and what a process costs idle.
// These start their own processes and end them.
import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { promisify } from 'node:util'
import { median } from '../measure.mjs'
import { Pelorus } from '../peers/pelorus.mjs'
import { host, pause, ready, start, stop } from '../processes.mjs'

const run = promisify(execFile)
async function start_controller ({ build, work, base }, prepare = () => {}) {
  const home = path.join(work, 'controller'), port = base + 10
  fs.rmSync(home, { recursive: true, force: true })
  fs.mkdirSync(home, { recursive: true })
  const nodes = Array.from({ length: 1000 }, (_, i) => `${host}:${20000 + i}:n${i},datanode`)
  fs.writeFileSync(path.join(home, 'cluster.nodes'), ['localSite,mode', `${host}:${port + 1}:idle,datanode`, ...nodes, ''].join('\n'))
  fs.writeFileSync(path.join(home, 'controller.cfg'), `mode=controller\nlocalSite=${host}:${port}:bench_controller\ndataSync=1\n`)
  fs.writeFileSync(path.join(home, 'cluster.cfg'), '')
  prepare(home)
  const log = path.join(home, 'log'), at = name => path.join(home, name)
  const child = start(path.join(build, 'pelorus'), ['-mode', 'controller', '-home', at('data'), '-config', at('controller.cfg'),
    '-nodesFile', at('cluster.nodes'), '-clusterConfig', at('cluster.cfg')], log)
  await ready(port, child, log)
  return { child, home, site: `${host}:${port}:bench_controller`, port }
}

async function start_etcd ({ work, base }) {
  const home = path.join(work, 'etcd'), port = base + 20, url = p => `http://${host}:${p}`
  fs.rmSync(home, { recursive: true, force: true })
  fs.mkdirSync(home, { recursive: true })
  const child = start('etcd', ['--data-dir', path.join(home, 'data'), '--log-level', 'error', '--listen-client-urls', url(port),
    '--advertise-client-urls', url(port), '--listen-peer-urls', url(port + 1), '--initial-advertise-peer-urls', url(port + 1),
    '--initial-cluster', `default=${url(port + 1)}`], path.join(home, 'log'))
  await ready(port, child, path.join(home, 'log'))
  return { child, home, port }
}

/** Puts of 256 bytes per second through etcd's JSON door, `clients` under way. */
async function etcd_puts (port, clients, seconds) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients }), value = Buffer.alloc(256, 'v').toString('base64')
  let key = 0
  const put = () => new Promise((resolve, reject) => {
    const body = JSON.stringify({ key: Buffer.from(`bench/${key++ * 2654435761 % 4294967296}`).toString('base64'), value })
    const request = http.request({ host, port, path: '/v3/kv/put', method: 'POST', agent, headers: { 'content-length': body.length } }, answer => {
      answer.resume()
      answer.on('end', () => answer.statusCode === 200 ? resolve() : reject(new Error(`etcd answers ${answer.statusCode}`)))
    })
    request.on('error', reject)
    request.end(body)
  })
  const begin = performance.now(), end = begin + seconds * 1000, times = []
  await Promise.all(Array.from({ length: clients }, async () => {
    while (performance.now() < end) { const at = performance.now(); await put(); times.push(performance.now() - at) }
  }))
  agent.destroy()
  return { per_s: times.length / (performance.now() - begin) * 1000, p50_s: median(times) / 1000 }
}

export const last_json = text => JSON.parse(text.trim().split('\n').at(-1))

async function * metadata (context, controller, etcd) {
  for (const [clients, goal] of [[1, 2], [8, 3], [64, 5]]) {
    const ours = [], theirs = []
    for (let round = 0; round < 3; ++round) {
      const { stdout } = await run(path.join(context.build, 'controller_bench'), ['metadata', host, String(controller.port + 10000), String(clients), '3'])
      ours.push(last_json(stdout))
      theirs.push(await etcd_puts(etcd.port, clients, 3))
    }
    const a = median(ours.map(x => x.per_s)), b = median(theirs.map(x => x.per_s)), failures = ours.reduce((sum, x) => sum + x.failures, 0)
    yield { item: `metadata_${clients}`, scale: clients, pelorus_s: 1 / a, peer: 'etcd', peer_s: 1 / b, ratio: a / b, goal,
      pelorus_per_s: a, peer_per_s: b, p50_s: median(ours.map(x => x.p50_s)), peer_p50_s: median(theirs.map(x => x.p50_s)), equal: failures === 0 }
  }
}

const cpu_seconds = pid => { const w = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '); return (Number(w[11]) + Number(w[12])) / 100 }
const resident_mib = pid => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
const limited = (item, unit, value, limit, scale = 1) => ({ item, scale, unit, pelorus_s: value, limit, goal: limit, equal: undefined })

async function heartbeats ({ build }, controller) {
  const seconds = 12
  const client = spawn(path.join(build, 'controller_bench'), ['heartbeats', host, String(controller.port + 10000), '1000', String(seconds), controller.site])
  let text = '', complaint = ''
  client.stderr.on('data', d => { complaint += d })
  await new Promise(resolve => { client.stdout.on('data', d => { text += d; if (text.includes('registered')) resolve() }); client.once('exit', resolve) })
  await pause(2000)
  if (client.exitCode !== null) throw new Error(complaint)
  const before = cpu_seconds(controller.child.pid), begin = performance.now()
  await pause((seconds - 4) * 1000)
  const percent = (cpu_seconds(controller.child.pid) - before) / ((performance.now() - begin) / 1000) * 100
  await new Promise(resolve => client.once('close', resolve))
  const seen = last_json(text)
  return { ...limited('heartbeats', '%', percent, 5, 1000), beats_per_s: seen.per_s, p50_s: seen.p50_s, equal: seen.failures === 0 && seen.unknown === 0 }
}

async function * footprint ({ build, work }, controller) {
  const home = path.join(work, 'idle'), log = home + '.log', port = controller.port + 1, starts = []
  let resident
  for (let round = 0; round < 5; ++round) {
    fs.rmSync(home, { recursive: true, force: true })
    const begin = performance.now()
    const child = start(path.join(build, 'pelorus'), ['-mode', 'datanode', '-home', home, '-localSite', `${host}:${port}:idle`, '-controllerSite', controller.site], log)
    try {
      await ready(port, child, log)
      starts.push((performance.now() - begin) / 1000)
      if (round === 4) { await pause(3000); resident = resident_mib(child.pid) }
    } finally { await stop(child) }
  }
  yield limited('start_data_node', 's', median(starts), 0.3)
  yield limited('idle_data_node', 'MiB', resident, 60)
  const stripped = path.join(work, 'stripped')
  await run('strip', ['-o', stripped, path.join(build, 'pelorus')])
  yield limited('binary', 'MiB', fs.statSync(stripped).size / (1 << 20), 30)
  fs.rmSync(stripped)
}

/** A query over a table of 10,000 chunks on a data node that holds none of them: the controller's snapshot is fetched and
    decoded, every chunk is looked at, and the answer needs no more than that. By the data node's own clock. */
async function plan ({ build, work }, controller) {
  const home = path.join(work, 'planner'), port = controller.port + 1, log = home + '.log'
  fs.rmSync(home, { recursive: true, force: true })
  const child = start(path.join(build, 'pelorus'), ['-mode', 'datanode', '-home', home, '-localSite', `${host}:${port}:idle`, '-controllerSite', controller.site], log)
  try {
    await ready(port, child, log)
    const client = await Pelorus.open(host, port), times = []
    for (let round = 0; round < 21; ++round) times.push((await client.time(`n__ = exec count(*) from loadTable("dfs://many", "t${round}")`)).server)
    const rows = await client.run('n__')
    client.close()
    return { ...limited('plan_10000_chunks', 's', median(times), 0.05, 10000), equal: [rows].flat()[0] === 1e7 }
  } finally {
    await stop(child)
    fs.rmSync(home, { recursive: true, force: true })
  }
}

/** A controller that owns a million chunks: its start, what a chunk costs it, and the plan of a write to one partition. */
async function * many_chunks (context) {
  const chunks = 1e6, tables = 100, kept = path.join(context.work, 'many_chunks')
  fs.rmSync(kept, { recursive: true, force: true })
  await run(path.join(context.build, 'metadata_fill'), [kept, String(tables), String(chunks / tables), '4'])
  const begin = performance.now(), running = await start_controller(context, home => {
    fs.mkdirSync(path.join(home, 'data'), { recursive: true })
    fs.renameSync(kept, path.join(home, 'data', 'dfsMeta'))
  })
  try {
    yield limited('many_chunks_start', 's', (performance.now() - begin) / 1000, 30, chunks)
    const { stdout } = await run(path.join(context.build, 'controller_bench'), ['lookups', host, String(running.port + 10000), String(tables), '500', running.site])
    const seen = last_json(stdout)
    yield { ...limited('many_chunks_lookup', 's', seen.p50_s, 0.001, chunks), equal: seen.failures === 0 }
    yield await plan(context, running)
    yield limited('many_chunks_memory', 'bytes a chunk', resident_mib(running.child.pid) * (1 << 20) / chunks, 1024, chunks)
  } finally { await stop(running.child) }
}

export const controller_items = ['metadata_1', 'metadata_8', 'metadata_64', 'heartbeats', 'start_data_node', 'idle_data_node', 'binary', 'many_chunks']

/** Yields result lines; each part runs when one of its items is wanted; `many_chunks` is one item of four lines. */
export async function * controller (context) {
  const wanted = names => names.some(context.wants)
  if (context.wants('many_chunks')) yield * many_chunks(context)
  if (!wanted(controller_items.slice(0, -1))) return
  const running = await start_controller(context)
  let etcd
  try {
    if (wanted(controller_items.slice(4))) yield * footprint(context, running)
    if (wanted(controller_items.slice(0, 3))) { etcd = await start_etcd(context); yield * metadata(context, running, etcd) }
    if (context.wants('heartbeats')) yield await heartbeats(context, running)
  } finally {
    await stop(running.child)
    if (etcd) await stop(etcd.child)
    for (const name of ['controller', 'etcd', 'idle']) fs.rmSync(path.join(context.work, name), { recursive: true, force: true })
  }
}
