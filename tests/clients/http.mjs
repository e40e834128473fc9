// What a browser, a monitor and a script without an SDK ask of the site port. run.sh has laid the files of the console.
import http from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { arguments_of, check, finish, same, that } from './check.mjs'

const { host, port } = arguments_of()

const ask = (path, { body, ...options } = {}) => new Promise((resolve, reject) => {
  const request = http.request({ host, port, path, agent: false, ...options }, response => {
    const pieces = []
    response.on('data', d => pieces.push(d))
    response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(pieces) }))
  })
  request.on('error', reject)
  request.end(body)
})
const api = async request => {
  const answer = await ask('/api', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(request) })
  return { status: answer.status, ...JSON.parse(answer.bytes) }
}

await check('health, status and metrics', async () => {
  const health = await ask('/health')
  same([health.status, JSON.parse(health.bytes).status], [200, 'ok'])
  const status = JSON.parse((await ask('/status')).bytes)
  same([status.sitePort, status.host], [port, host])
  const metrics = await ask('/metrics')
  that(metrics.headers['content-type'].startsWith('text/plain; version=0.0.4'), metrics.headers['content-type'])
  that(/^# TYPE pelorus_\w+ (gauge|counter)$/m.test(metrics.bytes) && /^pelorus_\w+(\{.*\})? [\d.e+-]+$/m.test(metrics.bytes), `${metrics.bytes}`)
})
await check('files: types, caching, and nothing outside', async () => {
  const page = await ask('/')
  same([page.status, page.headers['content-type'], page.headers['cache-control']], [200, 'text/html; charset=utf-8', 'no-cache'])
  that(/immutable/.test((await ask('/assets/app.js')).headers['cache-control']), 'assets are not kept')
  for (const path of ['/../plain.log', '/..%2fplain.log', '/.hidden', '/none.js', '/assets']) same((await ask(path)).status, 404, path)
  same((await ask('/', { method: 'DELETE' })).status, 405)
  const head = await ask('/assets/app.js', { method: 'HEAD' })
  same([head.status, head.bytes.length], [200, 0])
})
await check('ETag: 304 until the file changes, one per encoding', async () => {
  const plain = await ask('/assets/app.js'), packed = await ask('/assets/app.js', { headers: { 'Accept-Encoding': 'gzip' } })
  that(/^"[^"]+"$/.test(plain.headers.etag) && plain.headers.etag !== packed.headers.etag, 'no ETag')
  const again = await ask('/assets/app.js', { headers: { 'If-None-Match': plain.headers.etag } })
  same([again.status, again.bytes.length, again.headers.etag], [304, 0, plain.headers.etag])
  const many = await ask('/assets/app.js', { headers: { 'Accept-Encoding': 'gzip', 'If-None-Match': `"x", W/${packed.headers.etag}` } })
  same(many.status, 304)
  same((await ask('/assets/app.js', { headers: { 'If-None-Match': '"other"' } })).status, 200)
})
await check('gzip and brotli give the same bytes', async () => {
  const plain = (await ask('/assets/app.js')).bytes
  const gzip = await ask('/assets/app.js', { headers: { 'Accept-Encoding': 'gzip, br' } })
  same([gzip.headers['content-encoding'], gzip.headers.vary], ['gzip', 'Accept-Encoding'])
  that(gzip.bytes.length < plain.length && gunzipSync(gzip.bytes).equals(plain), 'gzip')
  const css = (await ask('/app.css')).bytes, brotli = await ask('/app.css', { headers: { 'Accept-Encoding': 'gzip, br' } })
  same([brotli.headers['content-encoding'], brotli.headers['content-type']], ['br', 'text/css; charset=utf-8'])
  that(brotliDecompressSync(brotli.bytes).equals(css), 'brotli')
})
await check('JSON: scripts, functions, messages, errors', async () => {
  const sum = await api({ script: 'print(`hello); 1 + 2' })
  same([sum.resultCode, sum.messages.map(m => m.trim()), sum.object], ['0', ['hello'], [{ form: 'scalar', type: 'int', value: 3 }]])
  same((await api({ functionName: 'add', params: [[1, 2], 3] })).object[0].value, [4, 5])
  const wrong = await api({ script: 'a = 1\nb = noSuchVariable' })
  that(wrong.resultCode === '1' && /noSuchVariable/.test(wrong.msg), wrong.msg)
  const table = (await api({ script: 'table(1 2 as a, `x`y as b)' })).object[0]
  same(table.value.map(c => [c.name, c.type, c.value]), [['a', 'int', [1, 2]], ['b', 'string', ['x', 'y']]])
  same((await ask('/api', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{' })).status, 400)
})
await check('JSON: a session token keeps user and variables, and is not guessed', async () => {
  const login = await api({ sessionID: '0', functionName: 'login', params: ['admin', '123456'] })
  same(login.userId, 'admin')
  const { sessionID } = login
  await api({ sessionID, script: 'x = 7' })
  same((await api({ sessionID, script: 'x' })).object[0].value, 7)
  same((await api({ script: 'getCurrentSessionAndUser()[1]' })).object[0].value, 'guest')
  const guess = sessionID.slice(0, -1) + (sessionID.endsWith('0') ? '1' : '0')
  same((await api({ sessionID: guess, script: 'x' })).status, 401)
  const refused = await api({ sessionID: '0', functionName: 'login', params: ['admin', 'wrong'] })
  that(/The user name or password is incorrect/.test(refused.msg), refused.msg)
})
await check('a kept-alive connection serves request after request', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const ports = new Set()
  for (let i = 0; i < 20; ++i)
    await new Promise((resolve, reject) => http.get({ host, port, path: '/health', agent }, response => {
      ports.add(response.socket.localPort)
      response.resume()
      response.on('end', resolve)
    }).on('error', reject))
  same(ports.size, 1)
  agent.destroy()
})

finish()
