// The API protocol over TCP, for what the npm package does not send.
import net from 'node:net'
import tls from 'node:tls'
import { arguments_of, check, finish, same, that } from './check.mjs'

const { host, port, number, has } = arguments_of()

class Client {
  constructor () {
    this.buffer = Buffer.alloc(0)
    this.sid = '0'
    this.socket = has('tls') ? tls.connect({ host, port }) : net.connect(port, host)
    this.socket.setNoDelay(true)
    this.socket.on('data', d => { this.buffer = Buffer.concat([this.buffer, d]); this.wake?.() })
    this.socket.on('close', () => { this.closed = true; this.wake?.() })
    this.socket.on('error', () => {})
  }

  send (command, options = '0_1_4_64', objects = Buffer.alloc(0), version = 'API2') {
    const body = Buffer.from(command)
    this.socket.write(Buffer.concat([Buffer.from(`${version} ${this.sid} ${body.length} / ${options}\n`), body, objects]))
  }

  async until (found) {
    for (;;) {
      const result = found(this.buffer)
      if (result !== undefined) return result
      if (this.closed) throw new Error('the connection was closed')
      await new Promise(resolve => { this.wake = resolve })
    }
  }

  async take (bytes) {
    await this.until(b => b.length >= bytes ? true : undefined)
    const out = this.buffer.subarray(0, bytes)
    this.buffer = this.buffer.subarray(bytes)
    return out
  }

  async line (end = 10) {
    const at = await this.until(b => { const i = b.indexOf(end); return i < 0 ? undefined : i })
    return (await this.take(at + 1)).subarray(0, at).toString()
  }

  /** { messages, objects, status }; the objects follow in the stream. */
  async reply () {
    const messages = []
    for (;;) {
      const head = await this.line()
      if (head === 'MSG') { messages.push(await this.line(0)); continue }
      const [sid, objects, endian] = head.split(' ')
      same(endian, '1', 'byte order')
      this.sid = sid
      return { messages, objects: Number(objects), status: await this.line() }
    }
  }

  async ask (command, options, objects) {
    this.send(command, options, objects)
    return this.reply()
  }

  async int () {
    same([...await this.take(2)], [4, 0], 'flag of an INT')
    return (await this.take(4)).readInt32LE()
  }

  close () { this.socket.destroy() }
}

const little = n => { const b = Buffer.from([4, 0, 0, 0, 0, 0]); b.writeInt32LE(n, 2); return b }
const big = n => { const b = Buffer.from([4, 0, 0, 0, 0, 0]); b.writeInt32BE(n, 2); return b }
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
  same((await c.ask('function\nscramClientFirst\n0\n1')).status, "Can't recognize function name scramClientFirst")
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
  const text = t => Buffer.concat([Buffer.from([18, 0]), Buffer.from(t + '\0')])
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
