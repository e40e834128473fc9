// node main.mjs: measures the chosen items against servers that run.sh has started. Settings come by environment:
// BENCH_PELORUS_PORT, BENCH_HOUSE_PORT, BENCH_WORK, BENCH_STORAGE, BENCH_ITEMS, BENCH_SCALES, BENCH_JSON, BENCH_PAGE.
import fs from 'node:fs'
import os from 'node:os'
import { House } from './peers/clickhouse.mjs'
import { Pelorus } from './peers/pelorus.mjs'
import { json_line, table_line, write_page } from './report.mjs'
import { tutorial } from './items/tutorial.mjs'

const env = process.env
const chosen = env.BENCH_ITEMS ? env.BENCH_ITEMS.split(',') : undefined
const wants = item => !chosen || chosen.some(c => item === c || item.startsWith(c + '_'))
const context = {
  wants, work: env.BENCH_WORK, pelorus_storage: env.BENCH_STORAGE,
  pelorus: await Pelorus.open('127.0.0.1', Number(env.BENCH_PELORUS_PORT)), house: await House.open(Number(env.BENCH_HOUSE_PORT))
}
const results = []
const about = `${new Date().toISOString()}, ${os.cpus().length} cores of ${os.cpus()[0].model}, load at the start ${os.loadavg().map(x => x.toFixed(1)).join(' ')}`
console.log(about)
console.log(table_line())
for (const scale of env.BENCH_SCALES.split(',').map(Number)) {
  for await (const result of tutorial(context, scale)) {
    results.push(result)
    console.log(table_line(result))
    if (env.BENCH_JSON) fs.appendFileSync(env.BENCH_JSON, json_line(result) + '\n')
  }
}
console.log(`load at the end ${os.loadavg().map(x => x.toFixed(1)).join(' ')}`)
if (env.BENCH_PAGE) write_page(env.BENCH_PAGE, results, about)
const wrong = results.filter(r => r.equal === false)
if (wrong.length > 0) console.error(`results differ: ${wrong.map(r => `${r.item} x${r.scale}`).join(', ')}`)
process.exit(wrong.length > 0 ? 1 : 0)
