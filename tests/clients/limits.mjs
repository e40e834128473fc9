// What the site port does with too many, too big and too slow clients. For a node of its own with -maxConnections 20.
import net from 'node:net'
import { Client, text } from './api_client.mjs'
import { arguments_of, check, finish, same, that } from './check.mjs'

const { host, port } = arguments_of()

/** Sends the pieces and answers what came until the connection ended, and after how many seconds. */
const until_cut = (...pieces) => new Promise(resolve => {
  const begin = performance.now()
  let all = ''
  const socket = net.connect(port, host, () => pieces.forEach(p => socket.write(p)))
  socket.on('data', d => { all += d })
  socket.on('error', () => {})
  socket.on('close', () => resolve({ all, seconds: (performance.now() - begin) / 1000 }))
})

// These take their time: they are under way while the others run.
const silent = until_cut(), half = until_cut('AP'), half_http = until_cut('GET / HTTP/1.1\r\nHost:')

await check('too big a header, script and argument', async () => {
  that(/header|long|line/i.test((await until_cut('API2 0 8 / ' + '1'.repeat(2000))).all), 'header')
  that(/bytes|large|long|most/i.test((await until_cut(`API2 0 ${17 << 20} / 0_1_4_64\n`)).all), 'script')
  // Before the login a request may not make the node keep more than a MiB.
  const head = 'function\nsize\n1\n1', blob = Buffer.concat([Buffer.from([32, 0]), Buffer.from([0, 0, 64, 0])])
  // The answer may get lost when the connection ends with bytes of the argument unread.
  const guest = await until_cut(`API2 0 ${head.length} / 0_1_4_64\n${head}`, blob, Buffer.alloc(4 << 20))
  that(guest.seconds < 9 && !guest.all.includes('OK'), `argument of a guest: ${guest.all}`)
  const big = await until_cut('GET /' + 'x'.repeat(100000) + ' HTTP/1.1\r\n\r\n')
  that(/^HTTP\/1.1 4\d\d/.test(big.all), big.all.slice(0, 100))
})
await check('requests that are none', async () => {
  for (const wrong of ['API2 x y z\n', 'API2 0 -1\n', 'API2 0 4 / 0_1_4_64\nabc\n', 'NONSENSE\r\n\r\n'])
    that((await until_cut(wrong)).seconds < 9, `${JSON.stringify(wrong)} was let stand`)
})
await check('maxConnections: the two beyond it are for administrators, the next hears why', async () => {
  const words = /reached the maximum of 20 connections \(maxConnections\)/
  const all = []
  const connect = async command => {
    const c = new Client()
    all.push(c)
    return [c, (await c.ask(command)).status]
  }
  // Three of the twenty are still held by the slow clients above.
  for (let i = 0; i < 17; ++i) same((await connect('connect\n'))[1], 'OK', `connection ${i + 1}`)
  that(words.test((await connect('connect\n'))[1]), 'a guest was let in')
  that(words.test((await connect('connect\n'))[1]), 'a second guest was let in')
  const [admin, status] = await connect('connect\nlogin\nadmin\n123456')
  same(status, 'OK')
  same((await admin.ask('script\n1+1')).status, 'OK')
  const [, last] = await connect('connect\nlogin\nadmin\n123456')
  same(last, 'OK')
  const none = await until_cut('API 0 8\nconnect\n')
  that(words.test(none.all), `beyond all: ${none.all}`)
  all.forEach(c => c.close())
  for (let i = 0; i < 50; ++i) {
    const c = new Client()
    const open = await c.ask('connect\n').then(r => r.status === 'OK', () => false)
    c.close()
    if (open) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('closed connections still count')
})
await check('clients that say nothing, or begin and stop, are cut after 10 s', async () => {
  for (const [what, one] of Object.entries({ silent, half, half_http })) {
    const { seconds } = await one
    that(seconds > 8 && seconds < 14, `${what}: cut after ${seconds.toFixed(1)} s`)
  }
})
await check('a client that takes no answer does not hold up others', async () => {
  const slow = new Client()
  same((await slow.ask('connect\nlogin\nadmin\n123456')).status, 'OK')
  slow.socket.pause()
  slow.send('script\ntake(1l, 20000000)')
  const other = new Client()
  same((await other.ask('connect\nlogin\nadmin\n123456')).status, 'OK')
  const begin = performance.now()
  for (let i = 0; i < 20; ++i) {
    same((await other.ask('function\nlogin\n2\n1', '0_1_4_64', Buffer.concat([text('admin'), text('123456')]))).status, 'OK')
    await other.object()
  }
  that(performance.now() - begin < 10000, 'it waited')
  slow.close()
  other.close()
})

finish()
