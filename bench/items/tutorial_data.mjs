// The tutorial's table made alike by every engine from integer arithmetic, so that no file has to be carried around:
// 5000 securities x 242 minutes a day, prices of 10.00 to 10.99 and volumes of 100 to 199 that look random.
export const securities = 5000
export const minutes = 242
export const day_rows = securities * minutes
export const row_bytes = 60

/** v(i, k): 0 to 65536 from row i and stream k; every intermediate value fits 63 bits. `div` writes an integer division. */
const mixed = (i, k, div) => {
  const x = `((${i} * 2654435761 + ${k} * 2246822519) % 4294967291)`
  return `((${x} % 65521) * (${x} % 65521) + ${div(x, 65521)}) % 65537`
}
const prices = ['PreClosePx', 'OpenPx', 'HighPx', 'LowPx', 'LastPx']
const stream = (day, column) => day * 9 + column + 1
const begin_seconds = 19365 * 86400 + 9.5 * 3600 // 2023.01.08T09:30:00

/** Session table stage__ in Pelorus. */
export function pelorus_day (day) {
  const v = column => mixed('i__', stream(day, column), (a, b) => `${a} / ${b}`)
  return `i__ = long(0..${day_rows - 1})
m__ = i__ % ${minutes}
names__ = lpad(string(0..${securities - 1}), 6, "0")
stage__ = table(symbol(names__[i__ / ${minutes}]) as SecurityID, 2023.01.08T09:30:00 + int(${day} * 86400 + 60 * iif(m__ < 121, m__, m__ + 89)) as DateTime, ${
  prices.map((name, c) => `(1000 + ${v(c)} % 100) / 100.0 as ${name}`).join(', ')}, int(100 + ${v(5)} % 100) as Volume)
update stage__ set Amount = (1000 + ${v(4)} % 100) * (100 + ${v(5)} % 100) / 100.0
i__ = NULL
m__ = NULL`
}

export function duck_day (day, name = 'stage') {
  const v = column => mixed('i', stream(day, column), (a, b) => `${a} // ${b}`)
  return `create or replace temp table ${name} as select lpad((i // ${minutes})::varchar, 6, '0')::sec SecurityID,
    make_timestamp((${begin_seconds + day * 86400} + 60 * (case when i % ${minutes} < 121 then i % ${minutes} else i % ${minutes} + 89 end)) * 1000000)::timestamp_s DateTime,
    ${prices.map((p, c) => `(1000 + ${v(c)} % 100) / 100.0::double ${p}`).join(', ')},
    (100 + ${v(5)} % 100)::int Volume, ((1000 + ${v(4)} % 100) * (100 + ${v(5)} % 100)) / 100.0::double Amount from range(${day_rows}) r(i)`
}

export function house_day (day) {
  const v = column => mixed('i', stream(day, column), (a, b) => `intDiv(${a}, ${b})`)
  return `create table stage engine = Memory as select toFixedString(substring(toString(1000000 + intDiv(i, ${minutes})), 2), 6) SecurityID,
    toDateTime(${begin_seconds + day * 86400} + 60 * (i % ${minutes} < 121 ? i % ${minutes} : i % ${minutes} + 89)) DateTime,
    ${prices.map((p, c) => `(1000 + ${v(c)} % 100) / 100.0 ${p}`).join(', ')},
    toInt32(100 + ${v(5)} % 100) Volume, ((1000 + ${v(4)} % 100) * (100 + ${v(5)} % 100)) / 100.0 Amount from (select number i from numbers(${day_rows}))`
}

const columns = 'PreClosePx %d, OpenPx %d, HighPx %d, LowPx %d, LastPx %d, Volume %i, Amount %d'
export const duck_table = name => `create table ${name}(SecurityID sec, DateTime timestamp_s, ${columns.replaceAll('%d', 'double').replace('%i', 'int')})`
export const duck_names = `create type sec as enum (select lpad(i::varchar, 6, '0') from range(${securities}) r(i))`
export const house_table = `create table t(SecurityID FixedString(6), DateTime DateTime, ${columns.replaceAll('%d', 'Float64').replace('%i', 'Int32')}) engine = MergeTree partition by toDate(DateTime) order by (SecurityID, DateTime)`

export const pelorus_table = (db, name = 't') => `db__ = ${name === 't' ? `database("${db}", VALUE, 2023.01.01..2023.03.31)` : `database("${db}")`}
db__.createPartitionedTable(table=table(1:0, \`SecurityID\`DateTime\`PreClosePx\`OpenPx\`HighPx\`LowPx\`LastPx\`Volume\`Amount, [SYMBOL, DATETIME, DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE, INT, DOUBLE]), tableName="${name}", partitionColumns="DateTime")`

/** 1.21 million trades in order of time over all days: SecurityID, DateTime, px. */
export function trades (days) {
  const at = div => div(`(i * ${days * 19800})`, day_rows)
  const p = (a, b) => `${a} / ${b}`, d = (a, b) => `${a} // ${b}`
  return {
    pelorus: `i = long(0..${day_rows - 1})
names__ = lpad(string(0..${securities - 1}), 6, "0")
at__ = ${at(p)}
trades__ = table(symbol(names__[${mixed('i', 7777, p)} % ${securities}]) as SecurityID, 2023.01.08T09:30:00 + int(at__ / 19800 * 86400 + at__ % 19800) as DateTime, (1000 + ${mixed('i', 7778, p)} % 100) / 100.0 as px)
i = NULL
at__ = NULL`,
    duck: `create or replace temp table trades as select lpad((${mixed('i', 7777, d)} % ${securities})::varchar, 6, '0')::sec SecurityID,
      make_timestamp((${begin_seconds} + (${at(d)}) // 19800 * 86400 + (${at(d)}) % 19800) * 1000000)::timestamp_s DateTime,
      (1000 + ${mixed('i', 7778, d)} % 100) / 100.0::double px from range(${day_rows}) r(i)`
  }
}
