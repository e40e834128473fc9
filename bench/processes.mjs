// Starting and ending the processes that a benchmark measures.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'

export const host = '127.0.0.1'
export const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

const running = new Set()
process.once('exit', () => { for (const child of running) child.kill() })
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

/** Starts a program with its output in `log`; `ended` of the child is a promise. */
export function start (program, args, log) {
  const out = fs.openSync(log, 'w')
  const child = spawn(program, args, { stdio: ['ignore', out, out] })
  fs.closeSync(out)
  child.on('error', error => fs.appendFileSync(log, `${program}: ${error.message}\n`))
  running.add(child)
  child.ended = new Promise(resolve => { child.once('exit', resolve); child.once('error', resolve) }).then(() => running.delete(child))
  return child
}

export async function stop (child) {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  await child.ended
}

const get = (port, at) => new Promise(resolve => {
  const request = http.get({ host, port, path: at, agent: false }, answer => { answer.resume(); answer.on('end', () => resolve(answer.statusCode)) })
  request.on('error', () => resolve(0))
})

/** Waits until the child answers 200 at `at`; throws when it ends or 20 s pass. */
export async function ready (port, child, log, at = '/health') {
  for (const end = Date.now() + 20000; Date.now() < end && child.exitCode === null; await pause(2)) if (await get(port, at) === 200) return
  throw new Error(`no answer on port ${port}, see ${log}`)
}
