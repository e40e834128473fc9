// node main.mjs: measures the chosen items. Settings come by environment, from run.sh: BENCH_PORT, BENCH_BUILD, BENCH_WORK,
// BENCH_ITEMS, BENCH_SCALES, BENCH_JSON, BENCH_PAGE.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { House, start_house } from './peers/clickhouse.mjs'
import { Pelorus, start_single } from './peers/pelorus.mjs'
import { host, stop } from './processes.mjs'
import { json_line, table_line, write_page } from './report.mjs'
import { bulk_copy } from './items/bulk_copy.mjs'
import { controller } from './items/controller.mjs'
import { h2o, h2o_items } from './items/h2o.mjs'
import { scale_out } from './items/scale_out.mjs'
import { queries, tutorial } from './items/tutorial.mjs'

const env = process.env
const chosen = env.BENCH_ITEMS ? env.BENCH_ITEMS.split(',') : undefined
const wants = item => !chosen || chosen.some(c => item === c || item.startsWith(c + '_'))
const context = { wants, work: env.BENCH_WORK, build: env.BENCH_BUILD, base: Number(env.BENCH_PORT) }
const scales = env.BENCH_SCALES.split(',').map(Number)
const results = []
const about = `${new Date().toISOString()}, ${os.cpus().length} cores of ${os.cpus()[0].model}, load at the start ${os.loadavg().map(x => x.toFixed(1)).join(' ')}`
console.log(about)
console.log(table_line())
async function take (source) {
  for await (const result of source) {
    results.push(result)
    console.log(table_line(result))
    if (env.BENCH_JSON) fs.appendFileSync(env.BENCH_JSON, json_line(result) + '\n')
  }
}

/** What one process answers, against its peers. They are gone again before clusters are measured, which have the cores to themselves. */
async function take_single () {
  const homes = { pelorus: path.join(context.work, 'pelorus'), house: path.join(context.work, 'house') }, running = []
  try {
    running.push(await start_single(context.build, homes.pelorus, context.base), await start_house(homes.house, context.base + 1))
    const single = { ...context, pelorus: await Pelorus.open(host, context.base), house: await House.open(context.base + 1),
      pelorus_storage: path.join(homes.pelorus, 'bench', 'storage') }
    if (tutorial_items.some(wants)) for (const scale of scales) await take(tutorial(single, scale))
    await take(h2o(single, Number(env.BENCH_H2O_ROWS ?? 1e7)))
    single.pelorus.close()
    single.house.close()
  } finally {
    for (const child of running) await stop(child)
    for (const home of Object.values(homes)) fs.rmSync(home, { recursive: true, force: true })
  }
}

const tutorial_items = ['load_day', 'load_all', 'compression', 'append_1000', ...queries.map(q => q.item)]
if ([...tutorial_items, ...h2o_items].some(wants)) await take_single()
await take(controller(context))
await take(bulk_copy(context))
for (const days of scales.some(s => s > 1) ? scales.filter(s => s > 1) : [10]) await take(scale_out(context, days))
console.log(`load at the end ${os.loadavg().map(x => x.toFixed(1)).join(' ')}`)
if (env.BENCH_PAGE) write_page(env.BENCH_PAGE, results, about)
const wrong = results.filter(r => r.equal === false)
if (wrong.length > 0) console.error(`results differ: ${wrong.map(r => `${r.item} x${r.scale}`).join(', ')}`)
process.exit(wrong.length > 0 ? 1 : 0)
