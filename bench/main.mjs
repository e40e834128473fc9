// node main.mjs: measures the chosen items against servers that run.sh has started. Settings come by environment:
// BENCH_PELORUS_PORT, BENCH_HOUSE_PORT, BENCH_BUILD, BENCH_WORK, BENCH_STORAGE, BENCH_ITEMS, BENCH_SCALES, BENCH_JSON, BENCH_PAGE.
import fs from 'node:fs'
import os from 'node:os'
import { House } from './peers/clickhouse.mjs'
import { Pelorus } from './peers/pelorus.mjs'
import { json_line, table_line, write_page } from './report.mjs'
import { bulk_copy } from './items/bulk_copy.mjs'
import { controller } from './items/controller.mjs'
import { h2o } from './items/h2o.mjs'
import { scale_out } from './items/scale_out.mjs'
import { queries, tutorial } from './items/tutorial.mjs'

const env = process.env
const chosen = env.BENCH_ITEMS ? env.BENCH_ITEMS.split(',') : undefined
const wants = item => !chosen || chosen.some(c => item === c || item.startsWith(c + '_'))
const context = {
  wants, work: env.BENCH_WORK, build: env.BENCH_BUILD, base: Number(env.BENCH_PELORUS_PORT), pelorus_storage: env.BENCH_STORAGE,
  pelorus: await Pelorus.open('127.0.0.1', Number(env.BENCH_PELORUS_PORT)), house: await House.open(Number(env.BENCH_HOUSE_PORT))
}
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
const tutorial_items = ['load_day', 'load_all', 'compression', 'append_1000', ...queries.map(q => q.item)]
if (tutorial_items.some(wants)) for (const scale of env.BENCH_SCALES.split(',').map(Number)) await take(tutorial(context, scale))
await take(h2o(context, Number(env.BENCH_H2O_ROWS ?? 1e7)))
await take(controller(context))
await take(bulk_copy(context))
await take(scale_out(context, Number(env.BENCH_SCALE_OUT_DAYS ?? 10)))
console.log(`load at the end ${os.loadavg().map(x => x.toFixed(1)).join(' ')}`)
if (env.BENCH_PAGE) write_page(env.BENCH_PAGE, results, about)
const wrong = results.filter(r => r.equal === false)
if (wrong.length > 0) console.error(`results differ: ${wrong.map(r => `${r.item} x${r.scale}`).join(', ')}`)
process.exit(wrong.length > 0 ? 1 : 0)
