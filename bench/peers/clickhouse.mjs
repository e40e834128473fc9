// ClickHouse over its HTTP door; starting it is run.sh's work.
import http from 'node:http'

export class House {
  static async open (port) {
    const house = new House()
    house.port = port
    house.agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    await house.run('select 1')
    return house
  }

  run (sql) {
    return new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port: this.port, path: '/?session_id=bench', method: 'POST', agent: this.agent }, answer => {
        let text = ''
        answer.on('data', d => { text += d })
        answer.on('end', () => answer.statusCode === 200 ? resolve(text) : reject(new Error(`ClickHouse: ${text}SQL: ${sql}`)))
      })
      request.on('error', reject)
      request.end(sql)
    })
  }

  async time (sql) {
    const begin = process.hrtime.bigint()
    await this.run(sql)
    return { client: Number(process.hrtime.bigint() - begin) / 1e9 }
  }

  /** By ClickHouse's own clock, for a small result. */
  async own_time (sql) { return { client: JSON.parse(await this.run(sql + ' format JSON')).statistics.elapsed } }

  async numbers (sql) { return (await this.run(sql)).split('\n')[0].split('\t').map(Number) }
  close () { this.agent.destroy() }
}
