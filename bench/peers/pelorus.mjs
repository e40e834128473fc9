// A client of Pelorus over the API protocol; it shares no code with the node. Answers are scalars or vectors of numbers.
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { host as own, ready, start } from '../processes.mjs'

/** A single node with its files in an empty `home`; the child process. */
export async function start_single (build, home, port) {
  fs.rmSync(home, { recursive: true, force: true })
  fs.mkdirSync(home, { recursive: true })
  const log = `${home}.log`
  const child = start(path.join(build, 'pelorus'), ['-mode', 'single', '-localSite', `${own}:${port}:bench`, '-home', home, '-dataSync', '1'], log)
  await ready(port, child, log)
  return child
}

const read_number = { 4: [4, b => b.readInt32LE()], 5: [8, b => Number(b.readBigInt64LE())], 16: [8, b => b.readDoubleLE()] }

export class Pelorus {
  /** Connects and logs in; `label` names this engine in the tables. */
  static async open (host, port) {
    const client = new Pelorus()
    client.chunks = Buffer.alloc(0)
    client.socket = net.connect(port, host)
    client.socket.setNoDelay(true)
    client.socket.on('data', d => { client.chunks = Buffer.concat([client.chunks, d]); client.wake?.() })
    client.socket.on('close', () => { client.closed = true; client.wake?.() })
    client.socket.on('error', () => {})
    await client.ask('connect\nlogin\nadmin\n123456')
    return client
  }

  /** Runs a script that ends in a number or numbers. */
  run (script) { return this.ask('script\n' + script) }

  /** Runs a script for what it does. */
  act (script) { return this.run(script + '\n0') }

  /** Seconds by the client's clock and by the server's of one script. The server's needs one statement `body`. */
  async time (body) {
    const begin = process.hrtime.bigint()
    const nanos = await this.run(`t__ = now(true)\n${body}\nlong(now(true) - t__)`)
    return { client: Number(process.hrtime.bigint() - begin) / 1e9, server: nanos / 1e9 }
  }

  async ask (command) {
    const body = Buffer.from(command)
    this.socket.write(Buffer.concat([Buffer.from(`API2 0 ${body.length} / 0_1_4_64\n`), body]))
    let head = await this.line()
    while (head === 'MSG') { await this.line(0); head = await this.line() }
    const status = await this.line()
    if (status !== 'OK') throw new Error(`Pelorus: ${status}\nscript: ${command}`)
    return Number(head.split(' ')[1]) > 0 ? this.value() : undefined
  }

  async value () {
    const [type, form] = await this.take(2)
    if (!(type in read_number)) throw new Error(`an answer of type ${type}, form ${form} is no number`)
    const [width, read] = read_number[type]
    if (form === 0) return read(await this.take(width))
    const count = (await this.take(8)).readInt32LE()
    const bytes = await this.take(count * width)
    return Array.from({ length: count }, (_, i) => read(bytes.subarray(i * width)))
  }

  async until (found) {
    for (;;) {
      const result = found(this.chunks)
      if (result !== undefined) return result
      if (this.closed) throw new Error('the Pelorus node closed the connection')
      await new Promise(resolve => { this.wake = resolve })
    }
  }

  async take (bytes) {
    await this.until(b => b.length >= bytes ? true : undefined)
    const out = this.chunks.subarray(0, bytes)
    this.chunks = this.chunks.subarray(bytes)
    return out
  }

  async line (end = 10) {
    const at = await this.until(b => { const i = b.indexOf(end); return i < 0 ? undefined : i })
    return (await this.take(at + 1)).subarray(0, at).toString()
  }

  close () { this.socket.destroy() }
}
