// A client of the API protocol over TCP: requests byte by byte as a test wants them, answers as they come.
import net from 'node:net'
import tls from 'node:tls'
import { arguments_of, same } from './check.mjs'

const { host, port, has } = arguments_of()

export class Client {
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

  /** The next object of the stream: { type, form, value }; tables as { column: [values] }, dictionaries as objects. */
  async object () {
    const [type, form] = await this.take(2)
    switch (form) {
      case 0: return { type, form, value: (await this.items(type, 1))[0] }
      case 1: case 2: return { type, form, ...await this.vector(type) }
      case 5: case 7: {
        const keys = (await this.object()).value, values = (await this.object()).value
        return { type, form, value: Object.fromEntries(keys.map((k, i) => [k, values[i]])) }
      }
      case 6: {
        const [rows, columns] = [await this.u32(), await this.u32()]
        await this.line(0)
        const names = await this.items(18, columns), value = {}, types = {}
        for (const name of names) {
          const column = await this.object()
          value[name] = column.value
          types[name] = column.type
        }
        return { type, form, rows, value, types }
      }
      default: throw new Error(`form ${form} of type ${type}`)
    }
  }

  async u32 () { return (await this.take(4)).readUInt32LE() }

  async vector (type) {
    if (type === 26) {
      const bytes = (await this.take(28)).readInt32LE(0) - 20
      return { packed: await this.take(bytes) }
    }
    const rows = await this.u32()
    await this.u32()
    return { rows, value: await this.items(type, rows) }
  }

  async items (type, rows) {
    const out = []
    if (type === 145) {
      await this.take(4)
      const base = await this.items(18, await this.u32())
      for (let i = 0; i < rows; ++i) out.push(base[await this.u32()])
      return out
    }
    const scale = type >= 37 && type <= 39 ? (await this.take(4)).readInt32LE() : 0
    for (let i = 0; i < rows; ++i) {
      if (type === 25) { const x = await this.object(); out.push(x.form === 0 ? x.value : x) }
      else if (type === 17 || type === 18 || type === 22) out.push(await this.line(0))
      else if (type === 32) out.push(await this.take(await this.u32()))
      else if (type <= 2) out.push((await this.take(1)).readInt8())
      else if (type === 3) out.push((await this.take(2)).readInt16LE())
      else if (type === 15) out.push((await this.take(4)).readFloatLE())
      else if (type === 16) out.push((await this.take(8)).readDoubleLE())
      else if ([5, 12, 13, 14, 38].includes(type)) out.push((await this.take(8)).readBigInt64LE())
      else if ([19, 30, 31, 34, 35, 39].includes(type)) out.push(await this.take(16))
      else if (type === 36) out.push(await this.take(8))
      else if ([4, 6, 7, 8, 9, 10, 11, 28, 37].includes(type)) out.push((await this.take(4)).readInt32LE())
      else throw new Error(`items of type ${type}`)
    }
    return scale ? out.map(x => ({ raw: x, scale })) : out
  }

  async int () {
    same([...await this.take(2)], [4, 0], 'flag of an INT')
    return (await this.take(4)).readInt32LE()
  }

  close () { this.socket.destroy() }
}

/** Arguments of requests. */
export const little = n => { const b = Buffer.from([4, 0, 0, 0, 0, 0]); b.writeInt32LE(n, 2); return b }
export const big = n => { const b = Buffer.from([4, 0, 0, 0, 0, 0]); b.writeInt32BE(n, 2); return b }
export const text = t => Buffer.concat([Buffer.from([18, 0]), Buffer.from(t + '\0')])
export const bool = x => Buffer.from([1, 0, x ? 1 : 0])
