// node ready.mjs HOST:PORT [--tls]: waits up to 30 s (times PELORUS_PATIENCE) until a node lets the administrator in; exit 1
// when it does not, and at once when it says that the password is wrong: a node that is not ready must not.
import net from 'node:net'
import tls from 'node:tls'
import { arguments_of } from './check.mjs'

const { host, port, has } = arguments_of()

const try_login = () => new Promise(resolve => {
  let answer = ''
  const socket = has('tls') ? tls.connect({ host, port, rejectUnauthorized: false }) : net.connect(port, host)
  const done = fine => { socket.destroy(); resolve(fine) }
  socket.on(has('tls') ? 'secureConnect' : 'connect', () => socket.write('API2 0 26 / 0_1_4_64\nconnect\nlogin\nadmin\n123456'))
  socket.on('data', d => {
    answer += d
    if (answer.split('\n').length <= 2) return
    if (answer.includes('incorrect')) { console.error(`refused: ${answer}`); process.exit(1) }
    done(answer.split('\n')[1] === 'OK')
  })
  socket.on('error', () => done(false))
  socket.on('close', () => done(false))
})

const patience = Number(process.env.PELORUS_PATIENCE ?? 1)
for (const end = Date.now() + 30_000 * patience; Date.now() < end;) {
  if (await try_login()) process.exit(0)
  await new Promise(resolve => setTimeout(resolve, 100))
}
process.exit(1)
