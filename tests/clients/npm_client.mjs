// The unmodified npm package `dolphindb` over WebSocket. --quick leaves the sizes small, --tls uses wss.
import './node_polyfills.mjs'
import { arguments_of, check, finish, same, that } from './check.mjs'

console.log = () => {}  // the package reports its progress there

const { DDB, DdbForm, DdbType, DdbInt, DdbVectorInt, DdbVectorDouble, DdbVectorString, DdbTable } =
  await import('dolphindb')
const { host, port, number, has } = arguments_of()
const quick = has('quick')
const url = `${has('tls') ? 'wss' : 'ws'}://${host}:${port}`
const connect = async (options = {}) => {
  const ddb = new DDB(url, { autologin: true, username: 'admin', password: '123456', ...options })
  await ddb.connect()
  return ddb
}
const ddb = await connect()
const data = async script => (await ddb.eval(script)).data()

// -- types ------------------------------------------------------------------------------------------------

for (const [script, type, value] of [
  ['true', 'bool', true], ['bool()', 'bool', null], ["'a'", 'char', 97], ['char()', 'char', null],
  ['7h', 'short', 7], ['00h', 'short', null], ['42', 'int', 42], ['00i', 'int', null],
  ['42l', 'long', 42n], ['00l', 'long', null], ['1.5f', 'float', 1.5], ['00f', 'float', null],
  ['1.5', 'double', 1.5], ['double()', 'double', null], ['`abc', 'string', 'abc'], ['"x y"', 'string', 'x y'],
])
  await check(`scalar ${script}`, async () => {
    const x = await ddb.eval(script)
    same([DdbForm[x.form], DdbType[x.type], x.value], ['scalar', type, value])
  })

for (const [script, type] of [
  ['2024.01.02', 'date'], ['2024.01M', 'month'], ['10:11:12.123', 'time'], ['10:11m', 'minute'],
  ['10:11:12', 'second'], ['2024.01.02T10:11:12', 'datetime'], ['2024.01.02T10:11:12.123', 'timestamp'],
  ['10:11:12.123456789', 'nanotime'], ['2024.01.02T10:11:12.123456789', 'nanotimestamp'],
  ['datehour(2024.01.02T10:11:12)', 'datehour'], ['decimal32(1.5, 2)', 'decimal32'],
  ['decimal64(1.5, 2)', 'decimal64'], ['decimal128(1.5, 2)', 'decimal128'],
  ['uuid("5d212a78-cc48-e3b1-4235-b4d91473ee87")', 'uuid'], ['ipaddr("192.168.1.13")', 'ipaddr'],
  ['int128("e1671797c52e15f763380b45e841ec32")', 'int128'], ['blob("bytes")', 'blob'], ['complex(1, 2)', 'complex'],
  ['point(1, 2)', 'point'], ['duration("3d")', 'duration'],
])
  await check(`type ${type}`, async () => {
    const x = await ddb.eval(script)
    same([DdbForm[x.form], DdbType[x.type]], ['scalar', type])
    const again = await ddb.call('typestr', [x])  // up and down again
    that(again.value.toLowerCase().startsWith(type), `came back as ${again.value}`)
  })

for (const type of ['bool', 'char', 'short', 'int', 'long', 'date', 'month', 'time', 'minute', 'second', 'datetime', 'timestamp',
  'nanotime', 'nanotimestamp', 'float', 'double', 'string', 'datehour', 'uuid', 'ipaddr', 'int128', 'blob', 'complex', 'point',
  'decimal32', 'decimal64', 'decimal128'])
  await check(`null of ${type}`, async () => {
    const script = `${type}(${type.startsWith('decimal') ? 'NULL, 2' : /complex|point/.test(type) ? 'NULL, NULL' : 'NULL'})`
    const x = await ddb.eval(script)
    same([DdbForm[x.form], DdbType[x.type]], ['scalar', type])
    same((await ddb.call('isNull', [x])).value, true, 'up again')
    const v = await ddb.eval(`take(${script}, 3)`)
    same([DdbForm[v.form], DdbType[v.type], v.rows], ['vector', type, 3])
    same(await (await ddb.call('isNull', [v])).data(), [true, true, true], 'a vector up again')
  })

// -- forms ------------------------------------------------------------------------------------------------

await check('vector with nulls', async () => same(await data('[1, 2, NULL]'), [1, 2, null]))
await check('strings', async () => same(await data('`x`yy`'), ['x', 'yy', '']))
await check('symbols', async () => same(await data('symbol(`a`b`a)'), ['a', 'b', 'a']))
await check('pair', async () => same((await ddb.eval('1:2')).form, DdbForm.pair))
await check('any vector', async () => same((await data('(1, "a", 2.5)')).length, 3))
await check('dictionary', async () => same({ ...(await data('dict(`a`b, 1 2)')) }, { a: 1, b: 2 }))
await check('set', async () => same((await data('set(1 2 3)')).size, 3))
await check('matrix', async () => {
  const m = await ddb.eval('matrix(1 2 3, 4 5 6)')
  same([DdbForm[m.form], m.rows, m.cols], ['matrix', 3, 2])
})
await check('array vector', async () => same((await ddb.eval('arrayVector(2 5, 1 2 3 4 5)')).rows, 2))
await check('function', async () => same(DdbType[(await ddb.eval('add')).type], 'functiondef'))
await check('metacode', async () => same(DdbType[(await ddb.eval('<a + 1>')).type], 'code'))
await check('table', async () =>
  same(await data('table(7 8 as id, symbol(`a`b) as sym)'), [{ id: 7, sym: 'a' }, { id: 8, sym: 'b' }]))
await check('void', async () => same((await ddb.eval('def f() {}')).type, DdbType.void))

// -- up ---------------------------------------------------------------------------------------------------

await check('upload and read back', async () => {
  await ddb.upload(['x', 's'], [new DdbVectorInt([3, 1, null]), new DdbVectorString(['a', ''])])
  same(await data('x'), [3, 1, null])
  same(await data('s'), ['a', ''])
})
await check('call with arguments', async () => same((await ddb.call('add', [new DdbInt(1), new DdbInt(2)])).value, 3))
await check('invoke with JSON arguments', async () => same(Number(await ddb.invoke('sum', [[1, 2, 3]])), 6))

const rows = number('rows', quick ? 1000 : 1000000)
await check(`a table of ${rows} rows and 9 columns down`, async () => {
  const t = await ddb.eval(`n = ${rows}; table(1..n as a, long(1..n) as b, double(1..n) as c, take(2024.01.01, n) as d, ` +
    'take(2024.01.01T00:00:00.000, n) as e, take(`x`y`z, n) as f, take(symbol(`x`y`z), n) as g, float(1..n) as h, short(take(1 2, n)) as i)')
  same([t.rows, t.cols], [rows, 9])
  same(t.value[0].value[rows - 1], rows)
})
await check(`a table of ${rows} rows up`, async () => {
  const ints = new Int32Array(rows).map((_, i) => i)
  const doubles = new Float64Array(rows).map((_, i) => i / 2)
  const columns = [new DdbVectorInt(ints), new DdbVectorDouble(doubles)]
  columns[0].name = 'a'
  columns[1].name = 'b'
  await ddb.upload(['big'], [new DdbTable(columns)])
  same(Number(await data('exec sum(a) from big')), rows * (rows - 1) / 2)
})

// -- messages, errors, jobs -------------------------------------------------------------------------------

await check('messages while it runs', async () => {
  const messages = []
  await ddb.eval("print('one'); print('two')", { listener: m => { if (m.type === 'print') messages.push(m.data) } })
  same(messages.map(m => m.trim()), ['one', 'two'])
  const begin = performance.now()
  let came
  await ddb.eval("print('early'); sleep(400)", { listener: m => { if (m.type === 'print') came = performance.now() - begin } })
  const ended = performance.now() - begin
  that(ended - came > 300, `it came after ${came} ms, the script ended after ${ended} ms`)
})
await check('an error names its place and keeps the session', async () => {
  let message
  try { await ddb.eval('a = 1\nb = noSuchVariable + 1') } catch (error) { message = error.message }
  that(/noSuchVariable/.test(message) && /2/.test(message), `message: ${message}`)
  same(await data('a'), 1)
})
await check('a wrong password', async () => {
  let message
  try { await connect({ password: 'wrong' }) } catch (error) { message = error.message }
  that(/The user name or password is incorrect/.test(message), `message: ${message}`)
})
await check('an endless loop is cancelled from another connection', async () => {
  const busy = await connect()
  const ended = busy.eval('while (true) {}').then(() => 'finished', error => error.message)
  await new Promise(resolve => setTimeout(resolve, 300))
  await ddb.eval(`jobs = exec rootJobId from getConsoleJobs() where sessionId = ${busy.sid}\nif (size(jobs))\n    cancelConsoleJob(jobs)`)
  that(/cancel/i.test(await ended), `ended as: ${await ended}`)
  same((await busy.eval('1+1')).value, 2)
  busy.disconnect()
})
await check('a user logs in again on the same connection', async () => {
  const again = await connect()
  await again.call('logout', [])
  same((await again.eval('getCurrentSessionAndUser()[1]')).value, 'guest')
  await again.call('login', ['admin', '123456'])
  same((await again.eval('getCurrentSessionAndUser()[1]')).value, 'admin')
  again.disconnect()
})
await check('what the console asks at start', async () => {
  for (const name of ['getNodeType', 'getNodeAlias', 'getControllerAlias', 'version', 'license', 'getConfig', 'isClientAuth',
    'loadClusterNodesConfigs', 'getCurrentSessionAndUser', 'getUserAccess', 'getSessionMemoryStat', 'getConsoleJobs'])
    await ddb.call(name, [], { urgent: true })
  const perf = (await ddb.eval('getClusterPerf(true)')).data()
  that(perf.length > 0 && 'publicName' in perf[0] && 'isLeader' in perf[0], 'columns of getClusterPerf')
})

const many = number('connections', quick ? 10 : 500)
await check(`${many} connections at once`, async () => {
  const all = []
  for (let i = 0; i < many; i += 50)
    all.push(...await Promise.all(Array.from({ length: Math.min(50, many - i) }, () => connect())))
  const answers = await Promise.all(all.map((c, i) => c.eval(`${i}+1`)))
  answers.forEach((a, i) => same(a.value, i + 1))
  all.forEach(c => c.disconnect())
})

ddb.disconnect()
finish()
