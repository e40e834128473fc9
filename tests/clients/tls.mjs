// The same port over TLS: HTTPS, and how a client in the clear is turned away. NODE_EXTRA_CA_CERTS names the certificate.
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { arguments_of, check, finish, same, that } from './check.mjs'

const { host, port } = arguments_of()

const get = (path, options = {}) => new Promise((resolve, reject) => {
  const request = https.request({ host, port, path, agent: false, ...options }, response => {
    const pieces = []
    response.on('data', d => pieces.push(d))
    response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(pieces).toString() }))
  })
  request.on('error', reject)
  request.end(options.body)
})

await check('https', async () => {
  same((await get('/health')).status, 200)
  that(/pelorus/.test((await get('/metrics')).text), 'no metrics')
})
await check('the certificate is the one of this host', async () => {
  await new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port }, () => {
      const { subjectaltname } = socket.getPeerCertificate()
      const version = socket.getProtocol()
      socket.destroy()
      subjectaltname.includes(host) && version === 'TLSv1.3' ? resolve() : reject(new Error(`${subjectaltname} ${version}`))
    })
    socket.on('error', reject)
  })
})
await check('old versions of TLS are refused', async () => {
  const failed = await new Promise(resolve => {
    const socket = tls.connect({ host, port, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }, () => resolve(false))
    socket.on('error', () => resolve(true))
  })
  that(failed, 'TLS 1.1 was accepted')
})
await check('a client in the clear is cut and others go on', async () => {
  const bytes = await new Promise(resolve => {
    let size = 0
    const socket = net.connect(port, host, () => socket.write('API 0 8\nconnect\n'))
    socket.on('data', d => { size += d.length; if (d.includes('OK')) size = -1 })
    socket.on('error', () => {})
    socket.on('close', () => resolve(size))
  })
  that(bytes >= 0, 'it was answered')
  same((await get('/health')).status, 200)
})

finish()
