// One site port, whatever the role of its node: the API over TCP, HTTP and WebSocket. --mode is what getNodeType() gives.
import './node_polyfills.mjs'
import http from 'node:http'
import { Client, text } from './api_client.mjs'
import { arguments_of, check, finish, same, that } from './check.mjs'

console.log = () => {}

const { DDB } = await import('dolphindb')
const { host, port, number } = arguments_of()
const mode = number('mode', 3)

const ask = (path, body) => new Promise((resolve, reject) => {
  const request = http.request({ host, port, path, agent: false, method: body ? 'POST' : 'GET', headers: { 'Content-Type': 'application/json' } }, response => {
    let all = ''
    response.on('data', d => { all += d })
    response.on('end', () => resolve({ status: response.statusCode, all }))
  })
  request.on('error', reject)
  request.end(body && JSON.stringify(body))
})

await check('API over TCP', async () => {
  const c = new Client()
  same((await c.ask('connect\nlogin\nadmin\n123456')).status, 'OK')
  same((await c.ask('script\n1+1')).status, 'OK')
  same(await c.int(), 2)
  same((await c.ask('function\ngetNodeType\n0\n1')).status, 'OK')
  same(await c.int(), mode)
  same((await c.ask('function\nlogin\n2\n1', '0_1_4_64', Buffer.concat([text('admin'), text('wrong')]))).status, 'The user name or password is incorrect.')
  c.close()
})
await check('HTTP', async () => {
  const health = await ask('/health')
  same([health.status, JSON.parse(health.all).status], [200, 'ok'])
  same(JSON.parse((await ask('/status')).all).sitePort, port)
  that((await ask('/metrics')).all.includes('# TYPE pelorus_'), 'metrics')
  const answer = JSON.parse((await ask('/api', { functionName: 'getNodeType' })).all)
  same(answer.object[0].value, mode)
})
await check('WebSocket', async () => {
  const ddb = new DDB(`ws://${host}:${port}`, { autologin: true, username: 'admin', password: '123456' })
  await ddb.connect()
  same((await ddb.call('getNodeType')).value, mode)
  same((await ddb.eval('select * from table(1..3 as a)')).data(), [{ a: 1 }, { a: 2 }, { a: 3 }])
  that((await ddb.eval('getClusterPerf(true)')).value.length > 20, 'getClusterPerf')
  ddb.disconnect()
})

finish()
