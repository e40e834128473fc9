// DuckDB in this process, on a file, two threads.
import { createRequire } from 'node:module'
import fs from 'node:fs'
import path from 'node:path'

const require = createRequire(path.join(process.env.PELORUS_BENCH_DIR, 'x.js'))

export class Duck {
  static async open (file) {
    for (const f of [file, file + '.wal']) fs.rmSync(f, { force: true })
    const { DuckDBInstance } = require('@duckdb/node-api')
    const duck = new Duck()
    duck.file = file
    duck.instance = await DuckDBInstance.create(file, { threads: '2' })
    duck.connection = await duck.instance.connect()
    return duck
  }

  async run (sql) {
    try { return await this.connection.run(sql) } catch (e) { throw new Error(`DuckDB: ${e.message}\nSQL: ${sql}`) }
  }

  async time (sql) {
    const begin = process.hrtime.bigint()
    await (await this.run(sql)).getRows()
    return { client: Number(process.hrtime.bigint() - begin) / 1e9 }
  }

  /** The first row's values as numbers. */
  async numbers (sql) { return (await (await this.run(sql)).getRows())[0].map(Number) }
  bytes () { return fs.statSync(this.file).size }

  close () {
    this.connection.closeSync()
    this.instance.closeSync()
    for (const f of [this.file, this.file + '.wal']) fs.rmSync(f, { force: true })
  }
}
