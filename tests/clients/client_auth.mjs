// A node with enableClientAuth: what a guest may ask is the way to a login, on every port's protocol.
import './node_polyfills.mjs'
import http from 'node:http'
import { Client, little, text } from './api_client.mjs'
import { arguments_of, check, finish, same, that } from './check.mjs'

console.log = () => {}

const { DDB } = await import('dolphindb')
const { host, port } = arguments_of()
const refusal = /^Login is required for script execution with client authentication enabled\. RefId: S04009$/
const call = (c, name, objects = []) => c.ask(`function\n${name}\n${objects.length}\n1`, '0_1_4_64', Buffer.concat(objects))

await check('TCP: no scripts, no variables, no functions for a guest', async () => {
  const c = new Client()
  same((await c.ask('connect\n')).status, 'OK')
  for (const one of ['script\n1+1', 'script\nlogin(`admin, `123456)']) that(refusal.test((await c.ask(one)).status), one)
  that(refusal.test((await c.ask('variable\nx\n1\n1', '0_1_4_64', little(1))).status), 'variable')
  for (const name of ['objs', 'add{1}', 'getConsoleJobs']) that(refusal.test((await call(c, name)).status), name)
  same((await call(c, 'isClientAuth')).status, 'OK')
  same((await c.object()).value, 1)
  for (const name of ['version', 'getNodeType', 'getNodeAlias', 'getDynamicPublicKey', 'getClusterPerf']) {
    same((await call(c, name)).status, 'OK', name)
    await c.object()
  }
  same((await call(c, 'login', [text('admin'), text('wrong')])).status, 'The user name or password is incorrect.')
  that(refusal.test((await c.ask('script\n1+1')).status), 'after a wrong password')
  same((await call(c, 'login', [text('admin'), text('123456')])).status, 'OK')
  await c.object()
  same((await c.ask('script\n1+1')).status, 'OK')
  same(await c.int(), 2)
  same((await call(c, 'logout')).status, 'OK')
  that(refusal.test((await c.ask('script\n1+1')).status), 'after logout')
  c.close()
})
await check('WebSocket: the package logs in and works; a guest boots the console and no more', async () => {
  const ddb = new DDB(`ws://${host}:${port}`, { autologin: true, username: 'admin', password: '123456' })
  await ddb.connect()
  same((await ddb.eval('1+1')).value, 2)
  const ticket = (await ddb.call('getAuthenticatedUserTicket')).value
  const guest = new DDB(`ws://${host}:${port}`, { autologin: false })
  await guest.connect()
  for (const name of ['getNodeType', 'getNodeAlias', 'getControllerAlias', 'version', 'loadClusterNodesConfigs', 'license', 'isClientAuth', 'getCurrentSessionAndUser'])
    await guest.call(name)
  that(/S04009/.test(await guest.eval('1+1').then(() => '', e => e.message)), 'a guest ran a script')
  that(/S04009/.test(await guest.call('objs').then(() => '', e => e.message)), 'a guest called a function')
  await guest.call('authenticateByTicket', [ticket])
  same((await guest.eval('2+2')).value, 4)
  ddb.disconnect()
  guest.disconnect()
})
await check('HTTP: the JSON API asks for a login, monitors do not', async () => {
  const ask = (path, body) => new Promise((resolve, reject) => {
    const request = http.request({ host, port, path, agent: false, method: body ? 'POST' : 'GET', headers: { 'Content-Type': 'application/json' } }, response => {
      let all = ''
      response.on('data', d => { all += d })
      response.on('end', () => resolve(all))
    })
    request.on('error', reject)
    request.end(body && JSON.stringify(body))
  })
  const api = async body => JSON.parse(await ask('/api', body))
  that(refusal.test((await api({ script: '1+1' })).msg), 'script')
  that(refusal.test((await api({ functionName: 'add', params: [1, 2] })).msg), 'function')
  const { sessionID, userId } = await api({ sessionID: '0', functionName: 'login', params: ['admin', '123456'] })
  same(userId, 'admin')
  same((await api({ sessionID, script: '1+1' })).object[0].value, 2)
  same(JSON.parse(await ask('/health')).status, 'ok')
})

finish()
