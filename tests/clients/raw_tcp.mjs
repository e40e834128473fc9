// The API protocol over TCP, for what the npm package does not send.
import { Client, big, little, text } from './api_client.mjs'
import { arguments_of, check, finish, same, that } from './check.mjs'

const { number } = arguments_of()

const login = async () => { const c = new Client(); same((await c.ask('connect\nlogin\nadmin\n123456')).status, 'OK'); return c }

await check('connect, login, session id', async () => {
  const c = await login()
  that(/^[1-9]\d*$/.test(c.sid), `session ${c.sid}`)
  const first = c.sid
  same((await c.ask('script\n1+1')).status, 'OK')
  same(await c.int(), 2)
  same(c.sid, first)
  c.close()
})
await check('functions and variables in both byte orders', async () => {
  const c = await login()
  for (const [endian, int] of [[1, little], [0, big]]) {
    same((await c.ask(`function\nadd\n2\n${endian}`, '0_1_4_64', Buffer.concat([int(1000), int(1)]))).status, 'OK')
    same(await c.int(), 1001)
    const set = await c.ask(`variable\nx,y\n2\n${endian}\n`, '0_1_4_64', Buffer.concat([int(5), int(70000)]))
    same([set.status, set.objects], ['OK', 0])
    await c.ask('script\nx + y')
    same(await c.int(), 70005)
  }
  c.close()
})
await check('the name of a function may be an expression', async () => {
  const c = await login()
  await c.ask('script\nt = table(1 2 as a)')
  same((await c.ask('function\nadd{10}\n1\n1', '0_1_4_64', little(5))).status, 'OK')
  same(await c.int(), 15)
  await c.ask('script\ndef twice(x) { return x * 2 }')
  await c.ask('function\ntwice\n1\n1', '0_1_4_64', little(21))
  same(await c.int(), 42)
  c.close()
})
await check('an unknown function is named as SDKs expect', async () => {
  const c = new Client()
  same((await c.ask('function\nnoSuchFunction\n0\n1')).status, "Can't recognize function name noSuchFunction")
  c.close()
})
await check('async requests get no answer, pipelined ones theirs in order', async () => {
  const c = await login()
  c.send('script\nhidden = 7', '4_1_4_64')
  for (let i = 0; i < 50; ++i) c.send(`script\n${i}`)
  for (let i = 0; i < 50; ++i) { await c.reply(); same(await c.int(), i) }
  await c.ask('script\nhidden')
  same(await c.int(), 7)
  c.close()
})
await check('messages for API2 only', async () => {
  const c = await login()
  same((await c.ask("script\nprint('aa'); print('bb')")).messages.map(m => m.trim()), ['aa', 'bb'])
  c.send("script\nprint('a')", '0_1_4_64', Buffer.alloc(0), 'API')
  same((await c.reply()).messages, [])
  c.close()
})
await check('a compressed table', async () => {
  const c = await login()
  await c.ask('script\ntable(take(1..5, 100000) as a)', '64_1_4_64')
  const head = await c.take(2 + 8 + 1 + 2)
  same([head[0], head[1]], [8, 6], 'flag of a compressed table')
  same([...await c.take(2)], [26, 1], 'flag of a compressed column')
  const bytes = (await c.take(28)).readInt32LE(0) - 20
  that(bytes < 100000, `${bytes} bytes for 400000`)
  await c.take(bytes)
  await c.ask('script\n1+1')
  same(await c.int(), 2)
  c.close()
})
await check('a block reader', async () => {
  const c = await login()
  await c.ask('script\ntable(1..20000 as a)', '0_1_4_64__8192')
  const head = await c.take(10)
  same([head[0], head[1], head.readUInt32LE(2), head.readUInt32LE(6)], [25, 1, 3, 1])
  for (const rows of [8192, 8192, 3616]) {
    const block = await c.take(2 + 8 + 1 + 2 + 2 + 8)
    same([block[1], block.readUInt32LE(2)], [6, rows])
    await c.take(rows * 4)
  }
  c.close()
})
await check('session memory is cleared when asked', async () => {
  const c = await login()
  await c.ask('script\nz = 1', '16_1_4_64')
  that((await c.ask('script\nz')).status !== 'OK', 'z is still there')
  c.close()
})
await check('a stream subscription gets a clear error', async () => {
  const c = await login()
  const answer = await c.ask('function\npublishTable\n3\n1', '0_1_4_64', Buffer.concat([text('localhost'), little(0), text('t')]))
  that(/does not publish stream tables yet/.test(answer.status), answer.status)
  await c.ask('script\n1+1')
  same(await c.int(), 2)
  c.close()
})
await check('metacode over a table arrives', async () => {
  const c = await login()
  same((await c.ask('script\nt = table(1 2 as a); sql(sqlCol(`a), t)')).status, 'OK')
  same([...await c.take(2)], [22, 0])
  that((await c.line(0)).includes('select'), 'no text')
  await c.ask('script\n1+1')
  same(await c.int(), 2)
  c.close()
})
await check('pickle is refused', async () => {
  const c = await login()
  that((await c.ask('script\n1', '8_1_4_64')).status.includes('pickle'), 'no refusal')
  c.close()
})
await check('the RSA login of the C++ client', async () => {
  const { publicEncrypt, constants } = await import('node:crypto')
  const c = new Client()
  await c.ask('function\ngetDynamicPublicKey\n0\n1')
  same([...await c.take(2)], [18, 0])
  const key = await c.line(0)
  const sealed = text => Buffer.concat([Buffer.from([18, 0]),
    Buffer.from(publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString('base64').replace(/.{64}/g, '$&\n') + '\n\0')])
  const answer = await c.ask('function\nlogin\n3\n1', '0_1_4_64', Buffer.concat([sealed('admin'), sealed('123456'), Buffer.from([1, 0, 1])]))
  same(answer.status, 'OK')
  same([...await c.take(3)], [1, 0, 1])
  await c.ask('script\ngetCurrentSessionAndUser()[1] == `admin')
  same([...await c.take(3)], [1, 0, 1])
  c.close()
})
await check('the SCRAM login of newer SDKs: right and wrong password, no replay', async () => {
  const crypto = await import('node:crypto')
  const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest()
  const first = async (c, user) => {
    const nonce = crypto.randomBytes(16).toString('base64')
    const answer = await c.ask('function\nscramClientFirst\n2\n1', '32_1_4_64__0', Buffer.concat([text(user), text(nonce)]))
    same(answer.status, 'OK')
    same([...await c.take(10)], [25, 1, 3, 0, 0, 0, 1, 0, 0, 0], 'head of a tuple of 3')
    same([...await c.take(2)], [18, 0])
    const salt = await c.line(0), iterations = await c.int()
    same([...await c.take(2)], [18, 0])
    const both = await c.line(0)
    that(both.startsWith(nonce) && both.length > nonce.length, both)
    return { salt, iterations, both, message: `n=${user},r=${nonce},r=${both},s=${salt},i=${iterations},c=biws,r=${both}` }
  }
  const proof = (s, password) => {
    const salted = crypto.pbkdf2Sync(password, Buffer.from(s.salt, 'base64'), s.iterations, 32, 'sha256')
    const key = hmac(salted, 'Client Key'), stored = crypto.createHash('sha256').update(key).digest()
    const sign = hmac(stored, s.message)
    return { proof: Buffer.from(key.map((x, i) => x ^ sign[i])).toString('base64'), server: hmac(hmac(salted, 'Server Key'), s.message).toString('base64') }
  }
  const last = (c, user, s, p) =>
    c.ask('function\nscramClientFinal\n3\n1', '32_1_4_64__0', Buffer.concat([text(user), text(s.both), text(p)]))
  const who = async c => {
    await c.ask('script\ngetCurrentSessionAndUser()[1]')
    same([...await c.take(2)], [18, 0])
    return c.line(0)
  }
  const refusal = /The user name or password is incorrect/

  const c = new Client()
  const right = await first(c, 'admin'), keys = proof(right, '123456')
  same((await last(c, 'admin', right, keys.proof)).status, 'OK')
  same([...await c.take(2)], [18, 0])
  same(await c.line(0), keys.server, 'the signature of the server')
  same(await who(c), 'admin')

  const d = new Client()
  that(refusal.test((await last(d, 'admin', right, keys.proof)).status), 'a replay was accepted')
  const wrong = await first(d, 'admin')
  that(refusal.test((await last(d, 'admin', wrong, proof(wrong, '1234567').proof)).status), 'a wrong password was accepted')
  that(refusal.test((await last(d, 'admin', wrong, proof(wrong, '123456').proof)).status), 'a second try was accepted')
  const other = await first(d, 'nobody')
  that(refusal.test((await last(d, 'nobody', other, proof(other, '123456').proof)).status), 'nobody was accepted')
  const swapped = await first(d, 'nobody')
  that(refusal.test((await last(d, 'admin', swapped, proof(swapped, '123456').proof)).status), 'a changed name was accepted')
  same(await who(d), 'guest')
  c.close()
  d.close()
})
await check('a dropped connection ends its job', async () => {
  const busy = await login(), admin = await login()
  busy.send('script\nwhile (true) {}')
  const running = async () => {
    await admin.ask(`script\nint(sum(getConsoleJobs().sessionId == ${busy.sid}))`)
    return admin.int()
  }
  while (await running() === 0);
  busy.close()
  const begin = Date.now()
  while (await running() !== 0) that(Date.now() - begin < 10000, 'it still runs')
  admin.close()
})
await check('round trips per second (a figure)', async () => {
  const clients = await Promise.all(Array.from({ length: 64 }, login))
  const each = number('round-trips', 200), begin = performance.now()
  await Promise.all(clients.map(async c => { for (let i = 0; i < each; ++i) { await c.ask('script\n1+1'); await c.int() } }))
  console.error(`      ${(64 * each / (performance.now() - begin) * 1000).toFixed(0)} of 1+1 per second over 64 connections, this client included`)
  clients.forEach(c => c.close())
})

finish()
