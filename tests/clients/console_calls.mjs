// What DolphinDB's web console, VS Code extension and Grafana plugin ask by themselves, call by call, with the shape that
// each insists on (protocol reference, chapter 5). Through the npm package; needs a node with a data store.
import './node_polyfills.mjs'
import { arguments_of, check, finish, same, that } from './check.mjs'

console.log = () => {}

const { DDB, DdbForm, DdbType, DdbChartType, DdbFunction, DdbFunctionType, DdbInt, DdbLong } = await import('dolphindb')
const { host, port, has } = arguments_of()
const url = `${has('tls') ? 'wss' : 'ws'}://${host}:${port}`
const open = async (options = {}) => {
  const ddb = new DDB(url, { autologin: true, username: 'admin', password: '123456', ...options })
  await ddb.connect()
  return ddb
}
const ddb = await open()
const guest = await open({ autologin: false })

const is = (x, form, type, what) => same([DdbForm[x.form], DdbType[x.type]], [form, type], what)
/** Answers the columns of a table by name, having checked that those wanted are there with their types. */
const columns = (t, wanted, what) => {
  same(DdbForm[t.form], 'table', what)
  const all = Object.fromEntries(t.value.map(c => [c.name, c]))
  for (const [name, types] of Object.entries(wanted)) {
    that(all[name], `${what}: no column ${name}`)
    const type = DdbType[all[name].type].replace('symbol_extended', 'symbol')
    that([types].flat().includes(type), `${what}: ${name} is ${type}`)
  }
  return all
}
const number = ['int', 'long', 'double', 'short']

await check('every page begins with these, also for guests', async () => {
  for (const c of [ddb, guest]) {
    is(await c.call('getNodeType'), 'scalar', 'int')
    for (const name of ['getNodeAlias', 'getControllerAlias', 'version']) is(await c.call(name), 'scalar', 'string', name)
    is(await c.call('loadClusterNodesConfigs'), 'vector', 'string')
    is(await c.call('isClientAuth'), 'scalar', 'bool')
    const license = (await c.call('license')).data()
    for (const name of ['authorization', 'licenseType', 'maxMemoryPerNode', 'maxCoresPerNode', 'clientName', 'bindCPU', 'expiration', 'maxNodes',
      'version', 'productKey', 'moduleNames', 'modules'])
      that(name in license, `license: no ${name}`)
    same([license.productKey, license.licenseType === 3], ['DOLPHIN', false])
    const config = await c.call('getConfig')
    same(DdbForm[config.form], 'dict')
    is(await c.eval('getConfig(`maxConnections)'), 'scalar', 'string')
  }
  const who = await guest.call('getCurrentSessionAndUser')
  same([DdbType[who.type], DdbType[who.value[0].type], who.value[1].value], ['any', 'long', 'guest'])
  // As VS Code asks, for the number without its type.
  same(await ddb.invoke('string{getCurrentSessionAndUser()[0]}', []), String(ddb.sid))
})
await check('logging in: rights and a ticket for other sessions', async () => {
  const access = columns(await ddb.call('getUserAccess'), { isAdmin: 'bool' }, 'getUserAccess')
  same(access.isAdmin.value[0], 1)
  const ticket = (await ddb.call('getAuthenticatedUserTicket')).value
  const other = await open({ ticket })
  same((await other.eval('getCurrentSessionAndUser()[1]')).value, 'admin')
  await other.call('logout')
  same((await other.eval('getCurrentSessionAndUser()[1]')).value, 'guest')
  other.disconnect()
})
await check('the overview', async () => {
  const perf = columns(await ddb.eval('getClusterPerf(true)'), {
    name: 'string', state: 'int', mode: 'int', host: 'string', port: 'int', site: 'string', agentSite: 'string', computeGroup: 'string',
    zone: 'string', publicName: 'string', isLeader: 'bool', maxConnections: 'int', workerNum: 'int', executorNum: 'int', connectionNum: 'int',
    maxMemSize: number, memoryUsed: 'long', memoryAlloc: 'long', diskCapacity: 'long', diskFreeSpace: 'long', diskReadRate: 'long',
    diskWriteRate: 'long', networkSendRate: 'long', networkRecvRate: 'long', lastMinuteWriteVolume: 'long', lastMinuteReadVolume: 'long',
    lastMinuteNetworkSend: 'long', lastMinuteNetworkRecv: 'long', diskFreeSpaceRatio: 'double', cpuUsage: 'double', avgLoad: 'double',
    jobLoad: 'double', queuedJobs: 'int', queuedTasks: 'int', runningJobs: 'int', runningTasks: 'int', medLast10QueryTime: 'long',
    maxLast10QueryTime: 'long', medLast100QueryTime: 'long', maxLast100QueryTime: 'long', maxRunningQueryTime: 'long', lastMsgLatency: 'long',
    cumMsgLatency: 'long' }, 'getClusterPerf')
  const self = (await ddb.call('getNodeAlias')).value
  const row = (await ddb.eval('getClusterPerf(true)')).data().find(r => r.name === self)
  that(row, 'this node is not in it')
  for (const name of ['diskFreeSpaceRatio', 'cpuUsage', 'avgLoad', 'jobLoad']) that(typeof row[name] === 'number', `${name} is ${row[name]}`)
  same(perf.name.value.length, new Set(perf.name.value).size)
})
await check('browsing databases', async () => {
  await ddb.eval(`
    if (existsDatabase("dfs://console.calls")) dropDatabase("dfs://console.calls")
    t = table(1..100 as id, take(\`a\`b, 100) as sym)
    db = database("dfs://console.calls", HASH, [INT, 2])
    db.createPartitionedTable(t, "first", "id").append!(t)`)
  const syntax = await ddb.call('syntax', [new DdbFunction('getClusterDFSTables', DdbFunctionType.SystemFunc)])
  is(syntax, 'scalar', 'string')
  const hides = syntax.value.includes('([includeSysTable=')
  for (const [name, wanted] of [['getClusterDFSTables', 'dfs://console.calls/first'], ['getClusterDFSDatabases', 'dfs://console.calls']]) {
    const all = await ddb.invoke(name, hides ? [false] : undefined)
    that(Array.isArray(all) && all.includes(wanted), `${name}: ${all}`)
  }
  const schema = (await ddb.eval('schema(loadTable("dfs://console.calls", "first"))')).data()
  for (const name of ['colDefs', 'partitionColumnIndex', 'partitionColumnName', 'partitionSchema', 'partitionType', 'chunkGranularity', 'engineType'])
    that(name in schema, `schema: no ${name}`)
  columns((await ddb.eval('schema(loadTable("dfs://console.calls", "first")).colDefs')),
    { name: 'string', typeString: 'string', typeInt: 'int', extra: 'int', comment: 'string' }, 'colDefs')
  that('engineType' in (await ddb.eval('schema(database("dfs://console.calls"))')).data(), 'engineType of the database')
  same((await ddb.eval('select top 100 * from loadTable("dfs://console.calls", "first")')).rows, 100)
  const find = async path => {
    const t = await ddb.eval(`getDFSDirectoryContent("${path}")`)
    same(t.value.slice(0, 5).map(c => DdbType[c.type]), ['string', 'int', 'long', 'string', 'string'], 'columns by position')
    for (const row of t.data()) {
      const [name, kind, , chunks, sites] = Object.values(row)
      if (kind === 4) return { path: `${path}/${name}`, chunks, site: sites.split(',')[0].split(':')[0] }
      const below = await find(`${path === '/' ? '' : path}/${name}`)
      if (below) return below
    }
  }
  const chunk = await find('/console.calls')
  same(await ddb.invoke('getTablesByTabletChunk', [chunk.chunks], { node: chunk.site }), ['first'])
  const rows = await ddb.eval(`readTabletChunk("${chunk.chunks}", "dfs://console.calls", "${chunk.path}", "first", 0, 100)`)
  that(rows.rows > 0 && rows.rows < 100, `${rows.rows} rows of one chunk`)
  await ddb.eval('dropDatabase("dfs://console.calls")')
})
await check('the shell: variables, pages, scalars and pairs', async () => {
  await ddb.eval('line://12\nv1 = 1..1000; t1 = table(1..1000 as a); s1 = 5; p1 = 1:2; m1 = matrix(1 2, 3 4)')
  const vars = columns(await ddb.eval('objs(true)'), { name: 'string', type: 'string', form: 'string', rows: 'int', columns: 'int', bytes: 'long',
    shared: 'bool', extra: 'string' }, 'objs')
  const forms = Object.fromEntries(vars.name.value.map((n, i) => [n, vars.form.value[i]]))
  same([forms.v1, forms.t1, forms.s1, forms.p1, forms.m1], ['VECTOR', 'TABLE', 'SCALAR', 'PAIR', 'MATRIX'])
  const both = await ddb.eval('[s1, p1, 0]')
  same([DdbType[both.type], both.value[0].value, DdbForm[both.value[1].form]], ['any', 5, 'pair'])
  same((await ddb.eval('select * from t1 limit 990, 100')).rows, 10)
  same((await ddb.eval('v1[10..19]')).rows, 10)
  same((await ddb.eval('m1[0:1,]')).rows, 1)
  that('colDefs' in (await ddb.eval('schema(objByName(`t1))')).data(), 'schema of a variable')
  let message
  try { await ddb.eval('line://12\na = 1\nb = noSuchVariable') } catch (error) { message = error.message }
  that(/noSuchVariable/.test(message), message)
})
await check('charts', async () => {
  const chart = await ddb.eval('plot(table(1 2 3 as sales, 4 5 6 as costs), `a`b`c, ["Year", "month", "EUR"], BAR, true, {multiYAxes: false})')
  const { type, stacking, titles, extras, data } = chart.value
  same([DdbForm[chart.form], type, stacking, titles.chart, titles.x_axis, titles.y_axis], ['chart', DdbChartType.bar, true, 'Year', 'month', 'EUR'])
  same(extras, { multi_y_axes: false })
  same([data.rows, data.cols, [...data.value.data]], [3, 2, [1, 2, 3, 4, 5, 6]])
  same([data.value.rows.value, data.value.cols.value], [['a', 'b', 'c'], ['sales', 'costs']])
  same((await ddb.call('typestr', [chart])).value, 'CHART', 'up again')
  const histogram = (await ddb.eval('plotHist(1.5 2.5 2.6, 3, 1:4)')).value
  same([histogram.type, histogram.bin_count.value, histogram.bin_start.value, histogram.bin_end.value], [DdbChartType.histogram, 3, 1, 4])
})
await check('exports and uploads of files', async () => {
  // As VS Code defines and calls it.
  const script = `def get_csv_content (name_or_obj) {
    type = typestr name_or_obj
    if (type =='CHAR' || type =='STRING')
        obj = objByName(name_or_obj)
    else
        obj = name_or_obj
    table_size = size obj
    return generateTextFromTable((select * from obj limit table_size), 0, table_size, 0, ',', true)
}`
  await ddb.eval(`csv1 = table(1 2 as a, ["x,y", "q"] as b, 0.1 NULL as c)\n${script}`)
  const csv = await ddb.eval('get_csv_content("csv1")')
  is(csv, 'vector', 'char')
  same(Buffer.from(csv.value).toString(), 'a,b,c\n1,"x,y",0.1\n2,q,\n')
  const home = (await ddb.call('getHomeDir')).value, folder = `${home}/uploads/${Date.now()}`
  same((await ddb.call('exists', [folder])).value, false)
  await ddb.call('mkdir', [folder])
  same((await ddb.call('exists', [folder])).value, true)
  await ddb.call('saveTextFile', ['def f() { return 1 }\n', `${folder}/a.dos`])
  same((await ddb.call('exists', [`${folder}/a.dos`])).value, true)
  let message = ''
  try { await guest.call('saveTextFile', ['x', `${folder}/b.dos`]) } catch (error) { message = error.message }
  that(message, 'a guest may write files')
})
await check('jobs', async () => {
  columns(await ddb.call('getConsoleJobs'), { node: 'string', userID: 'string', rootJobId: 'string', jobType: 'string', desc: 'string',
    priority: 'int', parallelism: 'int', receiveTime: 'timestamp', sessionId: 'long', remoteIP: 'ipaddr', remotePort: 'int', totalTasks: 'int',
    finishedTasks: 'int', runningTask: 'int' }, 'getConsoleJobs')
  columns(await ddb.call('getRecentJobs'), { node: 'string', userID: 'string', jobId: 'string', rootJobId: 'string', jobDesc: 'string',
    priority: 'int', parallelism: 'int', receivedTime: 'timestamp', startTime: 'timestamp', endTime: 'timestamp', errorMsg: 'string' }, 'getRecentJobs')
  columns(await ddb.call('getScheduledJobs'), { node: 'string', userId: 'string', jobId: 'string', jobDesc: 'string' }, 'getScheduledJobs')
  for (const name of ['cancelJob', 'deleteScheduledJob', 'getJobMessage']) {
    let message = ''
    try { await ddb.call(name, ['none']) } catch (error) { message = error.message }
    that(/doesn't exist/.test(message), `${name}: ${message}`)
  }
  await ddb.eval('cancelConsoleJob("no such job")')
})
await check('the log, from its end and from its beginning', async () => {
  const alias = (await ddb.call('getNodeAlias')).value
  const length = await ddb.call('getServerLogLength', [alias])
  is(length, 'scalar', 'long')
  const read = async (size, offset, tail) => (await ddb.eval(`getServerLog(${size}l, ${offset}l, ${tail}, "${alias}")`)).value
  const all = await read(1000000, 0, true)
  that(all.length > 0 && all.every(l => /<[A-Z]+>/.test(l)), all[0])
  // Read piece by piece from the head, as a console that shows all of it.
  const pieces = []
  for (let at = 0; at < Number(length.value);) {
    const piece = await read(2000, at, false)
    that(piece.length > 0, `nothing at ${at}`)
    pieces.push(...piece)
    at += piece.reduce((sum, l) => sum + Buffer.byteLength(l) + 1, 0)
  }
  same(pieces.slice(0, all.length), all.slice(0, pieces.length))
})
await check('sessions', async () => {
  const other = await open()
  const all = columns(await ddb.call('getSessionMemoryStat'), { userId: 'string', sessionId: 'long', memSize: 'long', remoteIP: 'ipaddr',
    remotePort: 'int', createTime: 'timestamp', lastActiveTime: 'timestamp' }, 'getSessionMemoryStat')
  that([...all.sessionId.value].includes(BigInt(other.sid)), 'the other session is not listed')
  await ddb.call('closeSessions', [new DdbLong(BigInt(other.sid))])
  let ended = false
  for (let i = 0; i < 50 && !ended; ++i) {
    await new Promise(resolve => setTimeout(resolve, 50))
    ended = await other.eval('1').then(() => false, () => true)
  }
  that(ended, 'it was not closed')
})
await check('the helpers that the package defines: JSON arguments, one node, several nodes', async () => {
  same(Number(await ddb.invoke('sum', [[1, 2, 3]])), 6)
  const alias = (await ddb.call('getNodeAlias')).value
  same(await ddb.invoke('getNodeAlias', [], { node: alias }), alias)
  that((await ddb.invoke('getConsoleJobs', [], { nodes: [alias] })) !== undefined, 'pnode_run')
})
await check('Grafana: a query of a time series', async () => {
  const t = await ddb.eval('select timestamp(2024.01.01T00:00:00.000 + 1000 * id) as time, double(id) as value from table(1..10 as id)')
  same(t.value.map(c => DdbType[c.type]), ['timestamp', 'double'])
})
await check('updates and deletes made by scripts', async () => {
  await ddb.eval('u = table(1 2 3 as id, 1.5 2.5 3.5 as price)')
  await ddb.eval('sqlUpdate(u, <price * 2 as price>, , <id > 1>).eval(); sqlDelete(u, <id = 3>).eval()')
  same((await ddb.eval('u')).data(), [{ id: 1, price: 1.5 }, { id: 2, price: 5 }])
})

ddb.disconnect()
guest.disconnect()
finish()
