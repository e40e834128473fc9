// The items on the tutorial's table at one scale (days): load, append, compression and the queries.
import fs from 'node:fs'
import path from 'node:path'
import { interleave, line, median, same_numbers } from '../measure.mjs'
import { Duck } from '../peers/duckdb.mjs'
import * as data from './tutorial_data.mjs'

const sec = { pelorus: 'int(string(SecurityID))', duck: '(SecurityID::varchar)::int', house: 'toInt32(toString(SecurityID))' }
const all = expression => ({ pelorus: expression, duck: expression, house: expression })
/** Sums that see every value and which security it belongs to. */
const sums = names => [all('count(*)'), ...names.flatMap(n => [all(`sum(${n})`),
  { pelorus: `sum(${n} * ${sec.pelorus})`, duck: `sum(${n} * ${sec.duck})`, house: `sum(${n} * ${sec.house})` }])]

const T = '<table>'
export const queries = [
  { item: 'count_by_date', goal: 10,
    pelorus: `select count(*) as n from ${T} group by date(DateTime) as Date`,
    duck: 'select DateTime::date d, count(*) n from t group by d', house: 'select toDate(DateTime) d, count() n from t group by d',
    check: [all('count(*)'), all('sum(n)'), { pelorus: 'sum(n * int(Date))', duck: "sum(n * (d - date '1970-01-01'))", house: 'sum(n * toUInt32(d))' }] },
  { item: 'ohlc', goal: 2,
    pelorus: `select first(LastPx) as o, max(LastPx) as h, min(LastPx) as l, last(LastPx) as c from ${T} group by date(DateTime) as Date, SecurityID`,
    duck: 'select DateTime::date d, SecurityID, arg_min(LastPx, DateTime) o, max(LastPx) h, min(LastPx) l, arg_max(LastPx, DateTime) c from t group by all',
    house: 'select toDate(DateTime) d, SecurityID, argMin(LastPx, DateTime) o, max(LastPx) h, min(LastPx) l, argMax(LastPx, DateTime) c from t group by d, SecurityID',
    check: sums(['o', 'h', 'l', 'c']) },
  { item: 'ohlc_storage_order', goal: 2,
    pelorus: `select first(LastPx) as o, max(LastPx) as h, min(LastPx) as l, last(LastPx) as c from ${T} group by date(DateTime) as Date, SecurityID`,
    duck: 'select DateTime::date d, SecurityID, first(LastPx) o, max(LastPx) h, min(LastPx) l, last(LastPx) c from t group by all',
    // DuckDB's first and last depend on which thread comes first: what is timed is not checkable, the question is.
    duck_checked: 'select DateTime::date d, SecurityID, arg_min(LastPx, DateTime) o, max(LastPx) h, min(LastPx) l, arg_max(LastPx, DateTime) c from t group by all',
    check: sums(['o', 'h', 'l', 'c']) },
  { item: 'point', goal: 2, rounds: 31, clock: 'server',
    pelorus: `select * from ${T} where SecurityID = "002500", date(DateTime) = 2023.01.08`,
    duck: "select * from t where SecurityID = '002500' and DateTime >= timestamp '2023-01-08' and DateTime < timestamp '2023-01-09'",
    house: "select * from t where SecurityID = '002500' and toDate(DateTime) = toDate('2023-01-08')",
    check: sums(['OpenPx', 'LastPx', 'Volume', 'Amount']) },
  { item: 'last_row', goal: 5,
    pelorus: `select last(DateTime) as DateTime, last(LastPx) as LastPx, last(Volume) as Volume, last(Amount) as Amount from ${T} group by SecurityID`,
    duck: 'select SecurityID, max(DateTime) DateTime, arg_max(LastPx, DateTime) LastPx, arg_max(Volume, DateTime) Volume, arg_max(Amount, DateTime) Amount from t group by SecurityID',
    house: 'select SecurityID, max(DateTime) At, argMax(LastPx, DateTime) LastPx, argMax(Volume, DateTime) Volume, argMax(Amount, DateTime) Amount from t group by SecurityID',
    check: [...sums(['LastPx', 'Volume', 'Amount']), { pelorus: 'sum(long(DateTime))', duck: 'sum(epoch(DateTime))', house: 'sum(toUInt32(At))' }] },
  { item: 'filter_sum', goal: 1.2,
    pelorus: `select sum(Amount) as a, avg(LastPx) as p from ${T} where LastPx > 10.5, Volume < 150`,
    duck: 'select sum(Amount) a, avg(LastPx) p from t where LastPx > 10.5 and Volume < 150',
    house: 'select sum(Amount) a, avg(LastPx) p from t where LastPx > 10.5 and Volume < 150', check: [all('sum(a)'), all('sum(p)')] },
  { item: 'mavg20', goal: 5, rounds: 5,
    pelorus: `select SecurityID, DateTime, mavg(LastPx, 20, 1) as m from ${T} context by SecurityID`,
    duck: 'select SecurityID, DateTime, avg(LastPx) over (partition by SecurityID order by DateTime rows 19 preceding) m from t',
    check: [...sums(['m']), { pelorus: 'sum(m * (int(DateTime) % 1009))', duck: 'sum(m * (epoch(DateTime)::bigint % 1009))' }] },
  { item: 'asof_join', goal: 3, rounds: 5,
    pelorus: `select SecurityID, DateTime, px, LastPx, Volume from aj(trades__, ${T}, \`SecurityID\`DateTime)`,
    duck: 'select tr.SecurityID, tr.DateTime, tr.px, q.LastPx, q.Volume from trades tr asof join t q on tr.SecurityID = q.SecurityID and tr.DateTime >= q.DateTime',
    check: [...sums(['px', 'LastPx', 'Volume']), { pelorus: 'sum(LastPx * (int(DateTime) % 1009))', duck: 'sum(LastPx * (epoch(DateTime)::bigint % 1009))' }] }
]

/** `context`: pelorus, house, work (directory), pelorus_storage (directory of its chunks), wants(item). Yields result lines. */
export async function * tutorial (context, days) {
  const { pelorus, house, wants } = context
  const db = `dfs://bench_x${days}`
  const bed = { ...context, db, days, load: { pelorus: [], duckdb: [], 'clickhouse (no fsync)': [] } }
  const repeats = days === 1 ? 5 : 1
  for (let r = 0; r < repeats; ++r) {
    bed.duck?.close()
    await fresh(bed)
    for (let day = 0; day < days; ++day) await load_day(bed, day)
    const begin = performance.now()
    await bed.duck.run('checkpoint')
    bed.checkpoint = (performance.now() - begin) / 1000
  }
  try {
    yield * load_lines(bed, repeats)
    if (days === 1 && wants('append_1000')) yield await append_1000(bed)
    if (wants('asof_join')) { const t = data.trades(days); await pelorus.act(t.pelorus); await bed.duck.run(t.duck) }
    for (const query of queries) if (wants(query.item)) yield await run_query(bed, query)
  } finally {
    bed.duck.close()
    await pelorus.act(`dropDatabase("${db}")\nres__ = NULL\nstage__ = NULL\ntrades__ = NULL`)
    await house.run('drop table if exists t')
  }
}

async function fresh (bed) {
  const { pelorus, house, work, db } = bed
  await pelorus.act(`if (existsDatabase("${db}")) dropDatabase("${db}")\n${data.pelorus_table(db)}`)
  bed.duck = await Duck.open(path.join(work, 'duck.db'))
  await bed.duck.run(data.duck_names)
  await bed.duck.run(data.duck_table('t'))
  await house.run('drop table if exists t')
  await house.run(data.house_table)
}

async function load_day ({ pelorus, duck, house, db, load }, day) {
  await pelorus.act(data.pelorus_day(day))
  await duck.run(data.duck_day(day))
  await house.run('drop table if exists stage')
  await house.run(data.house_day(day))
  load.pelorus.push(await pelorus.time(`loadTable("${db}", "t").append!(stage__)`))
  load.duckdb.push(await duck.time('insert into t select * from stage'))
  load['clickhouse (no fsync)'].push(await house.time('insert into t select * from stage'))
}

function * load_lines (bed, repeats) {
  const { days, load, wants } = bed
  const reduce = how => Object.fromEntries(Object.entries(load).map(([name, list]) =>
    [name, { client: how(list.map(t => t.client)), server: list[0].server && how(list.map(t => t.server)) }]))
  if (wants('load_day')) {
    const hot = xs => median(xs.length > 2 ? xs.slice(1) : xs)
    yield { ...line('load_day', days, reduce(hot), 1.5, undefined), rows: data.day_rows }
  }
  if (days > 1 && wants('load_all')) {
    const times = reduce(xs => xs.reduce((a, b) => a + b) / repeats)
    times.duckdb.client += bed.checkpoint
    yield { ...line('load_all', days, times, 1.5, undefined), rows: data.day_rows * days }
  }
  if (wants('compression')) yield compression(bed)
}

const tree_bytes = at => fs.readdirSync(at, { withFileTypes: true, recursive: true }).filter(f => f.isFile())
  .reduce((sum, f) => sum + fs.statSync(path.join(f.parentPath ?? f.path, f.name)).size, 0)

/** Not seconds but ratios raw/disk; `ratio` stays Pelorus over the peer. */
function compression ({ duck, days, pelorus_storage }) {
  const raw = data.day_rows * days * data.row_bytes
  const ours = raw / tree_bytes(path.join(pelorus_storage, `bench_x${days}`)), theirs = raw / duck.bytes()
  return { item: 'compression', scale: days, unit: 'x', pelorus_s: ours, peer: 'duckdb', peer_s: theirs, ratio: ours / theirs, goal: 6, goal_of: 'pelorus_s', equal: undefined, others: {} }
}

async function append_1000 ({ pelorus, duck, db }) {
  await pelorus.act(`${data.pelorus_table(db, 'small')}\npieces__ = array(ANY, 0)\nfor (k in 0..99) pieces__.append!(stage__[(k * 1000):(k * 1000 + 1000)])\nsmall__ = loadTable("${db}", "small")`)
  await duck.run(data.duck_table('small'))
  let k = 0, j = 0
  const times = await interleave({
    pelorus: () => pelorus.time(`small__.append!(pieces__[${k++}])`),
    duckdb: () => duck.time(`insert into small select * from stage limit 1000 offset ${j++ * 1000}`)
  }, { rounds: 100, budget: 60 })
  const ours = [await pelorus.run(`exec sum(LastPx) from loadTable("${db}", "small")`)].flat()
  const equal = same_numbers(ours, await duck.numbers('select sum(LastPx) from small'))
  await duck.run('drop table small')
  return { ...line('append_1000', 1, times, 3, equal), rows: 1000 }
}

async function run_query ({ pelorus, duck, house, db, days }, { item, goal, rounds, clock, check, ...text }) {
  const ours = `res__ = ${text.pelorus.replace(T, `loadTable("${db}", "t")`)}`
  const engines = { pelorus: () => pelorus.time(ours), duckdb: () => duck.time(`create or replace temp table res as ${text.duck}`) }
  if (item === 'point') engines.duckdb = () => duck.time(text.duck)
  if (text.house) engines.clickhouse = () => clock === 'server' ? house.own_time(text.house) : house.time(text.house + ' format Null')
  const times = await interleave(engines, { rounds })
  const got = []
  for (const c of check) got.push([await pelorus.run(`exec ${c.pelorus} from res__`)].flat()[0])
  const theirs = await duck.numbers(`select ${check.map(c => c.duck).join(', ')} from (${text.duck_checked ?? text.duck})`)
  let equal = same_numbers(got, theirs)
  if (text.house) equal &&= same_numbers(got, await house.numbers(`select ${check.map(c => c.house).join(', ')} from (${text.house})`))
  if (!equal) console.error(`${item} x${days}: Pelorus ${got}; DuckDB ${theirs}`)
  return line(item, days, times, goal, equal, { clock })
}
