// node table.mjs HOST:PORT NAME: "SECONDS ROWS" for a shared table through the npm package, decoded by it.
import '../../tests/clients/node_polyfills.mjs'

console.log = () => {}
const { DDB } = await import('../../tests/clients/node_modules/dolphindb/index.js')
const [site, name] = process.argv.slice(2)
const ddb = new DDB(`ws://${site}`)
await ddb.connect()
await ddb.eval('1+1')
const begin = performance.now()
const t = await ddb.eval(name)
process.stdout.write(`${((performance.now() - begin) / 1000).toFixed(4)} ${t.rows}\n`)
process.exit(0)
