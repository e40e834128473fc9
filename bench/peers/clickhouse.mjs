// ClickHouse, two threads, over its HTTP door.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { host, ready, start } from '../processes.mjs'

const config = (home, port) => `<yandex><logger><level>error</level><log>${home}/log</log><errorlog>${home}/errors</errorlog></logger>
<listen_host>${host}</listen_host><http_port>${port}</http_port><tcp_port>${port + 1}</tcp_port>
<path>${home}/data/</path><tmp_path>${home}/tmp/</tmp_path><user_files_path>${home}/files/</user_files_path>
<format_schema_path>${home}/schemas/</format_schema_path><users_config>${home}/users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>1073741824</mark_cache_size><timezone>UTC</timezone></yandex>
`
const users = `<yandex><profiles><default><max_threads>2</max_threads><max_memory_usage>12000000000</max_memory_usage></default></profiles>
<users><default><password></password><networks><ip>${host}</ip></networks><profile>default</profile><quota>default</quota></default></users>
<quotas><default/></quotas></yandex>
`

/** A server with its files in an empty `home`; the child process. */
export async function start_house (home, port) {
  fs.rmSync(home, { recursive: true, force: true })
  for (const below of ['data', 'tmp', 'files', 'schemas']) fs.mkdirSync(path.join(home, below), { recursive: true })
  fs.writeFileSync(path.join(home, 'config.xml'), config(home, port))
  fs.writeFileSync(path.join(home, 'users.xml'), users)
  const log = `${home}.log`
  const child = start('clickhouse-server', [`--config-file=${path.join(home, 'config.xml')}`], log)
  await ready(port, child, log, '/ping')
  return child
}

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
      const request = http.request({ host, port: this.port, path: '/?session_id=bench', method: 'POST', agent: this.agent }, answer => {
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
