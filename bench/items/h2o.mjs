// The H2O database benchmark's shapes: group-by q1 to q10 and join q1 to q5, tables in memory, data from integer
// arithmetic so that both engines hold the same.
import { interleave, line, same_numbers } from '../measure.mjs'
import { Duck } from '../peers/duckdb.mjs'

/** 0 to 4.3e9 that look random, from row i and stream k; `d` is the engine's integer division. */
const wide = (k, d) => {
  const x = `((i * 2654435761 + ${k} * 2246822519) % 4294967291)`
  return `((((${x} % 65521) * (${x} % 65521) + ${x} ${d} 65521) % 65537) * 65537 + ${x} ${d} 1021)`
}
const by = { pelorus: '/', duck: '//' }
const draw = (engine, k, n) => `(${wide(k, by[engine])} % ${n})`
const share = (i, n) => ({ pelorus: `iif(${i} < ${n * 0.9}, ${i}, ${i} + ${n / 10})`, duck: `(case when ${i} < ${n * 0.9} then ${i} else ${i} + ${n / 10} end)` })

function group_data (n) {
  const k = 100, wide_keys = n / k
  const p = (stream, count) => draw('pelorus', stream, count), d = (stream, count) => draw('duck', stream, count)
  return {
    pelorus: `i = long(0..${n - 1})
id3__ = "id" + lpad(string(1..${k}), 3, "0")
id10__ = "id" + lpad(string(1..${wide_keys}), 10, "0")
g__ = table(symbol(id3__[${p(1, k)}]) as id1, symbol(id3__[${p(2, k)}]) as id2, symbol(id10__[${p(3, wide_keys)}]) as id3, int(1 + ${p(4, k)}) as id4, int(1 + ${p(5, k)}) as id5, int(1 + ${p(6, wide_keys)}) as id6, int(1 + ${p(7, 5)}) as v1, int(1 + ${p(8, 15)}) as v2, ${p(9, 1e8)} / 1000000.0 as v3)
i = NULL`,
    duck: [`create type key3 as enum (select 'id' || lpad(i::varchar, 3, '0') from range(1, ${k + 1}) r(i))`,
      `create table g as select ('id' || lpad((1 + ${d(1, k)})::varchar, 3, '0'))::key3 id1, ('id' || lpad((1 + ${d(2, k)})::varchar, 3, '0'))::key3 id2,
       'id' || lpad((1 + ${d(3, wide_keys)})::varchar, 10, '0') id3, (1 + ${d(4, k)})::int id4, (1 + ${d(5, k)})::int id5, (1 + ${d(6, wide_keys)})::int id6,
       (1 + ${d(7, 5)})::int v1, (1 + ${d(8, 15)})::int v2, ${d(9, 1e8)} / 1000000.0::double v3 from range(${n}) r(i)`]
  }
}

const squares = names => ['count(*)', ...names.flatMap(n => [`sum(${n})`, `sum(1.0 * ${n} * ${n})`])]
const group_queries = [
  ['select sum(v1) as s from g__ group by id1', 'select id1, sum(v1) s from g group by id1', ['s']],
  ['select sum(v1) as s from g__ group by id1, id2', 'select id1, id2, sum(v1) s from g group by id1, id2', ['s']],
  ['select sum(v1) as s, avg(v3) as m from g__ group by id3', 'select id3, sum(v1) s, avg(v3) m from g group by id3', ['s', 'm', 's * m']],
  ['select avg(v1) as a, avg(v2) as b, avg(v3) as c from g__ group by id4', 'select id4, avg(v1) a, avg(v2) b, avg(v3) c from g group by id4', ['a', 'b', 'c', 'a * id4']],
  ['select sum(v1) as a, sum(v2) as b, sum(v3) as c from g__ group by id6', 'select id6, sum(v1) a, sum(v2) b, sum(v3) c from g group by id6', ['a', 'b', 'c', 'c * id6']],
  ['select median(v3) as m, std(v3) as s from g__ group by id4, id5', 'select id4, id5, median(v3) m, stddev(v3) s from g group by id4, id5', ['m', 's', 'm * id4 * id5']],
  ['select max(v1) - min(v2) as r from g__ group by id3', 'select id3, max(v1) - min(v2) r from g group by id3', ['r']],
  ['select id6, v3 from g__ where isValid(v3) context by id6 csort v3 desc limit 2', 'select id6, unnest(max(v3, 2)) v3 from g where v3 is not null group by id6', ['v3', 'v3 * id6']],
  ['select pow(corr(v1, v2), 2) as r2 from g__ group by id2, id4', 'select id2, id4, pow(corr(v1, v2), 2) r2 from g group by id2, id4', ['r2', 'r2 * id4']],
  ['select sum(v3) as s, count(*) as n from g__ group by id1, id2, id3, id4, id5, id6', 'select id1, id2, id3, id4, id5, id6, sum(v3) s, count(*) n from g group by id1, id2, id3, id4, id5, id6', ['s', 'n', 's * id4 + n * id6']]
]

function join_data (n) {
  const small = n / 1e6, medium = n / 1e3, shuffled = factor => `((i * ${factor} + 89) % `
  const names = `names__ = "id" + string(0..${medium * 1.1})`
  const both = { x1: draw('pelorus', 21, small), x2: draw('pelorus', 22, medium), x3: shuffled(7654321) + `${n})` }
  const m2 = shuffled(1237) + `${medium})`, b3 = shuffled(1234567) + `${n})`
  const s = (e, count, engine) => share(e, count)[engine]
  const v = (engine, k) => `${draw(engine, k, 1e8)} / 1000000.0`
  const pelorus = `${names}
i = long(0..${n - 1})
a1__ = int(${both.x1})
a2__ = int(${both.x2})
a3__ = int(${both.x3})
x__ = table(a1__ as id1, a2__ as id2, a3__ as id3, symbol(names__[a1__]) as id4, symbol(names__[a2__]) as id5, "id" + string(a3__) as id6, ${v('pelorus', 23)} as v1)
b3__ = ${b3}
a1__ = int(${s(`(b3__ % ${small})`, small, 'pelorus')})
a2__ = int(${s(`(b3__ % ${medium})`, medium, 'pelorus')})
a3__ = int(${s('b3__', n, 'pelorus')})
big__ = table(a1__ as id1, a2__ as id2, a3__ as id3, symbol(names__[a1__]) as id4, symbol(names__[a2__]) as id5, "id" + string(a3__) as id6, ${v('pelorus', 26)} as v2)
i = long(0..${medium - 1})
m2__ = ${m2}
a1__ = int(${s(`(i % ${small})`, small, 'pelorus')})
a2__ = int(${s('m2__', medium, 'pelorus')})
medium__ = table(a1__ as id1, a2__ as id2, symbol(names__[a1__]) as id4, symbol(names__[a2__]) as id5, ${v('pelorus', 25)} as v2)
i = long(0..${small - 1})
a1__ = int(${s('i', small, 'pelorus')})
small__ = table(a1__ as id1, symbol(names__[a1__]) as id4, ${v('pelorus', 24)} as v2)
i = NULL
a1__ = NULL
a2__ = NULL
a3__ = NULL
b3__ = NULL`
  const text = keys => keys.map(k => `k${k}::int id${k}, 'id' || k${k} id${k + 3}`).join(', ')
  const duck = [
    `create table x as select ${text([1, 2, 3])}, v1 from (select ${draw('duck', 21, small)} k1, ${draw('duck', 22, medium)} k2, ${both.x3} k3, ${v('duck', 23)}::double v1 from range(${n}) r(i))`,
    `create table small as select ${text([1])}, v2 from (select ${s('i', small, 'duck')}::bigint k1, ${v('duck', 24)}::double v2 from range(${small}) r(i))`,
    `create table medium as select ${text([1, 2])}, v2 from (select ${s(`(i % ${small})`, small, 'duck')}::bigint k1, ${s(m2, medium, 'duck')}::bigint k2, ${v('duck', 25)}::double v2 from range(${medium}) r(i))`,
    `create table big as select ${text([1, 2, 3])}, v2 from (select ${s(`(${b3} % ${small})`, small, 'duck')}::bigint k1, ${s(`(${b3} % ${medium})`, medium, 'duck')}::bigint k2, ${s(b3, n, 'duck')}::bigint k3, ${v('duck', 26)}::double v2 from range(${n}) r(i))`]
  return { pelorus, duck }
}

const more = (table, names) => names.map(c => `${table}.${c} ${table}_${c}`).join(', ')
const join_queries = [
  ['select * from ej(x__, small__, `id1)', `select x.*, ${more('small', ['id4'])}, v2 from x join small using (id1)`],
  ['select * from ej(x__, medium__, `id2)', `select x.*, ${more('medium', ['id1', 'id4', 'id5'])}, v2 from x join medium using (id2)`],
  ['select * from lj(x__, medium__, `id2)', `select x.*, ${more('medium', ['id1', 'id4', 'id5'])}, v2 from x left join medium using (id2)`],
  ['select * from ej(x__, medium__, `id5)', `select x.*, ${more('medium', ['id1', 'id2', 'id4'])}, v2 from x join medium using (id5)`],
  ['select * from ej(x__, big__, `id3)', `select x.*, ${more('big', ['id1', 'id2', 'id4', 'id5', 'id6'])}, v2 from x join big using (id3)`]
]
const join_checks = ['count(*)', 'sum(v1)', 'sum(v2)', 'sum(v1 * v2)', 'sum(v1 * id3)', 'sum(v2 * id2)']

export const h2o_items = [...group_queries.map((_, i) => `h2o_groupby_q${i + 1}`), ...join_queries.map((_, i) => `h2o_join_q${i + 1}`)]

/** Both suites of `rows` rows, then the geometric means. Yields result lines. */
export async function * h2o ({ pelorus, wants }, rows) {
  const suites = [
    ['h2o_groupby', group_data(rows), group_queries.map(([p, d, names]) => ({ pelorus: p, duck: d, checks: squares(names.map(n => `(${n})`)) })), 0.8],
    ['h2o_join', join_data(rows), join_queries.map(([p, d]) => ({ pelorus: p, duck: d, checks: join_checks })), undefined]]
  for (const [suite, made, queries, least] of suites) {
    const chosen = queries.map((q, i) => ({ ...q, item: `${suite}_q${i + 1}` })).filter(q => wants(q.item))
    if (chosen.length === 0) continue
    const duck = await Duck.open(':memory:')
    await pelorus.act(made.pelorus)
    for (const sql of made.duck) await duck.run(sql)
    const ratios = []
    for (const query of chosen) {
      const result = await one(pelorus, duck, query, rows, least)
      ratios.push(result.ratio)
      yield result
    }
    if (chosen.length === queries.length) yield mean(suite, rows, ratios)
    duck.close()
    await pelorus.act('res__ = NULL\n' + (suite === 'h2o_join' ? 'x__ = NULL\nbig__ = NULL' : 'g__ = NULL'))
  }
}

async function one (pelorus, duck, query, rows, least) {
  const times = await interleave({
    pelorus: () => pelorus.time(`res__ = ${query.pelorus}`),
    duckdb: () => duck.time(`create or replace temp table res as ${query.duck}`)
  }, { rounds: 5, budget: 15 })
  const ours = []
  for (const c of query.checks) ours.push([await pelorus.run(`exec ${c} from res__`)].flat()[0])
  const theirs = await duck.numbers(`select ${query.checks.join(', ')} from res`)
  const equal = same_numbers(ours, theirs)
  if (!equal) console.error(`${query.item}: Pelorus ${ours}; DuckDB ${theirs}`)
  return line(query.item, rows, times, least, equal)
}

function mean (suite, rows, ratios) {
  const ratio = Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length)
  return { item: suite, scale: rows, peer: 'duckdb', ratio, goal: 1.2, equal: undefined, note: 'geometric mean of the ratios' }
}
