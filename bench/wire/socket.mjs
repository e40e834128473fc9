// node socket.mjs BYTES: seconds for BYTES from another process through a plain loopback socket into Node.
import { spawn } from 'node:child_process'
import net from 'node:net'

const bytes = Number(process.argv[2])
const source = `
const net = require('node:net')
const piece = Buffer.alloc(1 << 20, 'x')
net.createServer(s => {
  let left = ${bytes}
  const more = () => {
    while (left > 0) {
      const n = Math.min(left, piece.length)
      left -= n
      if (!s.write(n === piece.length ? piece : piece.subarray(0, n))) return
    }
    s.end()
  }
  s.on('drain', more)
  more()
}).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
const sender = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
sender.stdout.once('data', port => {
  const begin = performance.now()
  let got = 0
  net.connect(Number(port), '127.0.0.1')
    .on('data', d => { got += d.length })
    .on('end', () => {
      if (got !== bytes) throw new Error(`${got} of ${bytes} bytes`)
      console.log(((performance.now() - begin) / 1000).toFixed(4))
      sender.kill()
      process.exit(0)
    })
})
