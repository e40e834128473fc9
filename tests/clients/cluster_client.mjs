// The npm package against one node of a running cluster with at least one data node: calls between nodes.
import './node_polyfills.mjs'
import { arguments_of, check, finish, same, that } from './check.mjs'

console.log = () => {}  // the package reports its progress there

const { DDB, DdbType } = await import('dolphindb')
const { host, port } = arguments_of()
const ddb = new DDB(`ws://${host}:${port}`, { autologin: true, username: 'admin', password: '123456' })
await ddb.connect()
const data = async script => (await ddb.eval(script)).data()

const perf = await data('getClusterPerf(true)')
const self = await data('getNodeAlias()'), controller = await data('getControllerAlias()')
const online = perf.filter(n => n.state === 1)
const workers = online.filter(n => n.mode === 0 || n.mode === 4).map(n => n.name).sort()
const datanode = online.find(n => n.mode === 0)?.name

await check('getClusterPerf(true) names every node once', async () => {
  const names = perf.map(n => n.name)
  same(new Set(names).size, names.length)
  that(names.includes(self) && names.includes(controller) && datanode, `nodes: ${names}`)
  same(perf.filter(n => n.mode === 2 && n.isLeader).length, 1, 'leaders')
})
await check('getClusterLiveDataNodes', async () => {
  const sites = await data('getClusterLiveDataNodes()')
  same(sites.map(s => s.split(':')[2]).sort(), workers)
})
for (const { name } of online)
  await check(`rpc to ${name}`, async () => {
    same(await data(`rpc("${name}", getNodeAlias)`), name)
    same(await data(`rpc("${name}", add, 1, 2)`), 3)
    same(await data(`rpc("${name}", getNodeType{})`), online.find(n => n.name === name).mode)
  })
await check('a user-defined function travels with the functions it calls', async () => {
  same(await data(`def inner(x) { return x * 10 }\ndef outer(x, y = 1) { return inner(x) + y }\nrpc("${datanode}", outer, 4)`), 41)
  same(await data(`rpc("${datanode}", def (x, y): x * y + 1, 5, 6)`), 31)
  same(await data(`rpc("${datanode}", outer{7}, 3)`), 73)
  same(await data(`rpc("${datanode}", each, inner, 1..3)`), [10, 20, 30])
})
await check('values of every kind travel and return', async () => {
  for (const value of ['1 2 NULL', '"text"', 'decimal64(1.25, 2)', 'symbol(`a`b)', '1:2', 'matrix(1 2, 3 4)', 'dict(`a`b, 1 2)',
    'table(1 2 as a, `x`y as b)', '(1, "a", 2.5)', '2024.01.02T10:11:12.123', 'array(INT, 0)'])
    same(await data(`x = ${value}\nstring(rpc("${datanode}", def (v): v, x)) == string(x)`).then(r => [r].flat().every(b => b)), true, value)
})
await check('errors of another node name it', async () => {
  let message
  try { await ddb.eval(`rpc("${datanode}", def (): noSuchThing + 1)`) } catch (error) { message = error.message }
  that(message?.includes('noSuchThing') && message.includes(datanode), `message: ${message}`)
  try { await ddb.eval('rpc("nowhere", getNodeAlias)'); message = '' } catch (error) { message = error.message }
  that(message.includes('nowhere'), `message: ${message}`)
})
for (const [what, script] of [['rpc', `rpc("${datanode}", def () { while (true) {} })`],
  ['pnodeRun', `pnodeRun(def () { while (true) {} }, ["${datanode}"])`]])
  await check(`an endless ${what} is cancelled from another connection, on the called node as well`, async () => {
    const busy = new DDB(`ws://${host}:${port}`, { autologin: true, username: 'admin', password: '123456' })
    await busy.connect()
    const ended = busy.eval(script).then(() => 'finished', error => error.message)
    await new Promise(resolve => setTimeout(resolve, 500))
    await ddb.eval(`cancelConsoleJob(exec rootJobId from getConsoleJobs() where sessionId = ${busy.sid})`)
    that(/cancel/i.test(await ended), `ended as: ${await ended}`)
    busy.disconnect()
    // As many calls as the node has threads for calls: none is still held by the loop.
    const all = await Promise.all(Array.from({ length: 8 }, () => data(`rpc("${datanode}", add, 1, 2)`)))
    same(all, Array(8).fill(3))
  })
await check('pnodeRun over all nodes', async () => {
  const all = await data('pnodeRun(getNodeAlias)')
  same(all.map(r => r.node).sort(), workers)
  same(all.map(r => r.value).sort(), workers)
  that((await data('pnodeRun(getConsoleJobs).columnNames()')).includes('node'), 'jobs without their node')
})
await check("the package's own routing to one node", async () => {
  same(await ddb.invoke('getNodeAlias', [], { node: datanode }), datanode)
  same(Number(await ddb.invoke('sum', [[1, 2, 3]], { node: datanode })), 6)
  await ddb.eval('def twice(x) { return x * 2 }')
  same(Number(await ddb.invoke('twice', [21], { node: datanode })), 42)
})
await check("the package's own routing to several nodes", async () => {
  const rows = await ddb.invoke('getRecentJobs', [], { nodes: workers })
  that(Array.isArray(rows) || Array.isArray(rows?.data), `got ${JSON.stringify(rows)}`)
})
await check('a distributed table', async () => {
  const script = `
    if (existsDatabase("dfs://clients_test")) dropDatabase("dfs://clients_test")
    db = database("dfs://clients_test", VALUE, 2024.01.01..2024.01.03)
    t = table(take(2024.01.01..2024.01.03, 3000) as day, take(\`a\`b\`c, 3000) as sym, 1..3000 as v)
    pt = db.createPartitionedTable(t, "trades", "day")
    pt.append!(t)`
  if (online.find(n => n.name === self).mode === 0 || online.find(n => n.name === self).mode === 4) await ddb.eval(script)
  else await ddb.eval(`rpc("${datanode}", def () {${script}\n})`)
  that((await data('getClusterDFSTables()')).includes('dfs://clients_test/trades'), 'not in getClusterDFSTables()')
  that((await data('getClusterDFSDatabases()')).includes('dfs://clients_test'), 'not in getClusterDFSDatabases()')
  same(Number(await data(`rpc("${datanode}", def (): exec sum(v) from loadTable("dfs://clients_test", "trades"))`)), 4501500)
  const schema = await data(`rpc("${datanode}", def (): schema(loadTable("dfs://clients_test", "trades")))`)
  same([schema.partitionColumnName, schema.partitionColumnIndex], ['day', 0])
})
await check('the directories of the distributed file system', async () => {
  const listing = async path => {
    const t = await ddb.eval(`rpc("${controller}", getDFSDirectoryContent, "${path}")`)
    same(t.value.slice(0, 5).map(c => DdbType[c.type]), ['string', 'int', 'long', 'string', 'string'])
    return t.data().map(row => Object.values(row))
  }
  that((await listing('/')).some(([name, kind]) => name === 'clients_test' && kind === 0), 'the database is not listed')
  const days = await listing('/clients_test')
  that(days.some(([name, kind]) => name === '20240101' && kind === 0), `under it: ${days.map(d => d[0])}`)
  const find = async path => {
    for (const [name, kind, , chunks, sites] of await listing(path)) {
      if (kind === 4) return { path: `${path}/${name}`, chunks, sites }
      const below = await find(`${path}/${name}`)
      if (below) return below
    }
  }
  const chunk = await find('/clients_test')
  that(chunk && chunk.chunks.length === 36, `no chunk with an id: ${JSON.stringify(chunk)}`)
  const site = chunk.sites.split(',')[0].split(':')[0]
  same(await data(`rpc("${site}", getTablesByTabletChunk, "${chunk.chunks}")`), ['trades'])
})
await check('the distributed table is dropped', async () => {
  await ddb.eval(`rpc("${datanode}", def () { dropDatabase("dfs://clients_test") })`)
  that(!(await data('getClusterDFSDatabases()')).includes('dfs://clients_test'), 'still there')
})

ddb.disconnect()
finish()
