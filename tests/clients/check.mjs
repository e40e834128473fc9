// Checks with one line each, and the exit code at the end.
import { isDeepStrictEqual } from 'node:util'

let passed = 0, failed = 0

export async function check (name, run) {
  const begin = performance.now()
  try {
    await run()
    ++passed
    console.error(`ok    ${name} (${(performance.now() - begin).toFixed(0)} ms)`)
  } catch (error) {
    ++failed
    console.error(`FAIL  ${name}: ${error.message}`)
  }
}

export function same (got, wanted, what = '') {
  if (!isDeepStrictEqual(got, wanted))
    throw new Error(`${what} got ${show(got)}, wanted ${show(wanted)}`)
}

export function that (condition, what) {
  if (!condition) throw new Error(what)
}

const show = x => JSON.stringify(x, (_, v) => typeof v === 'bigint' ? `${v}n` : v)?.slice(0, 300)

export function finish () {
  console.error(`${passed} passed, ${failed} failed`)
  process.exit(failed ? 1 : 0)
}

export function arguments_of () {
  const words = process.argv.slice(2)
  const site = words.find(w => !w.startsWith('--'))
  if (!site) {
    console.error('usage: node FILE HOST:PORT [--name=value ..]')
    process.exit(3)
  }
  const [host, port] = site.split(':')
  const number = (name, fallback) =>
    Number(words.find(w => w.startsWith(`--${name}=`))?.split('=')[1] ?? fallback)
  return { host, port: Number(port), number, has: name => words.includes(`--${name}`) }
}
