// node --expose-gc compare.mjs HOST:PORT NAME ROUNDS PLAIN_PORT PLAIN_BYTES: the shared table NAME through the npm package against a
// plain socket (`wire_bench serve PLAIN_BYTES` on PLAIN_PORT), round by round in one process. Each round takes, in this order:
//   lost     the bytes of the table from a process that only sends, counted and dropped
//   plain    the same, kept in the chunks that Node hands out
//   piece    the same, copied into one piece of memory as they come: what a client has who knows the length beforehand
//   table    the table by `ddb.eval`, with three times on the way:
//     arrived  the last byte has reached Node (the package's own socket)
//     message  the `ws` library has put the message together and hands it to the package
//     decoded  the package has made a table of it: 10 million strings are 10 million calls of its TextDecoder
// stdout: "BYTES ROWS LOST PLAIN PIECE ARRIVED MESSAGE DECODED", medians of seconds; every round on stderr.
import '../../tests/clients/node_polyfills.mjs'
import net from 'node:net'

console.log = () => {}
const { DDB } = await import('../../tests/clients/node_modules/dolphindb/index.js')
const [site, name, rounds, plain_port, plain_bytes] = process.argv.slice(2)

const plain = net.connect(Number(plain_port), '127.0.0.1')
await new Promise(resolve => plain.once('connect', resolve))
const receive_plain = (bytes, how) => new Promise(resolve => {
  const kept = [], piece = how === 'piece' ? Buffer.allocUnsafe(bytes) : null
  let got = 0
  const take = d => {
    if (how === 'plain') kept.push(d)
    piece?.set(d, got)
    if ((got += d.length) < bytes) return
    plain.off('data', take)
    resolve(kept.length)
  }
  plain.on('data', take)
  plain.write('x')
})

const ddb = new DDB(`ws://${site}`)
await ddb.connect()
await ddb.eval('1+1')
const websocket = ddb.lwebsocket.resource, socket = websocket._socket
const marks = { bytes: 0, arrived: 0, message: 0 }
socket.prependListener('data', d => { marks.bytes += d.length; marks.arrived = performance.now() })
websocket._receiver.prependListener('message', () => { marks.message = performance.now() })

const receive_table = async () => {
  marks.bytes = 0
  const begin = performance.now()
  const { rows } = await ddb.eval(name)
  const end = performance.now()
  const { bytes, arrived, message } = marks
  return { bytes, rows, arrived: arrived - begin, message: message - begin, decoded: end - begin }
}
/// The package holds the last answer, and the collector walks its 10 million strings while bytes come in: let go of it.
const clean = async () => {
  await ddb.eval('1+1')
  globalThis.gc?.()
}
const first = await receive_table()
const times = { lost: [], plain: [], piece: [], arrived: [], message: [], decoded: [] }
for (let i = 0; i < Number(rounds); ++i) {
  for (const what of ['lost', 'plain', 'piece']) {
    await clean()
    const begin = performance.now()
    await receive_plain(Number(plain_bytes), what)
    times[what].push(performance.now() - begin)
  }
  await clean()
  const got = await receive_table()
  for (const what of ['arrived', 'message', 'decoded']) times[what].push(got[what])
  console.error(`round ${i + 1}: ${Object.entries(times).map(([what, all]) => `${what} ${(all.at(-1) / 1000).toFixed(3)}`).join(' ')} s`)
}
const median = all => {
  const x = all.toSorted((a, b) => a - b)
  return ((x[(x.length - 1) >> 1] + x[x.length >> 1]) / 2000).toFixed(4)
}
process.stdout.write(`${first.bytes} ${first.rows} ${Object.values(times).map(median).join(' ')}\n`)
process.exit(0)
