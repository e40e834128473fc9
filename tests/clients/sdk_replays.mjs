// What DolphinDB's SDKs send by themselves, request for request, for those that cannot be run here: the order of their
// calls, their headers and flags, and what they insist on in the answers. Needs a node with a data store.
//   C++ 3.00.3 and Python 3.0.4 (one core), Java 3.00, C# 3.00, Go 3, Rust 3.0
import { publicEncrypt, constants } from 'node:crypto'
import { Client, bool, little, text } from './api_client.mjs'
import { arguments_of, check, finish, same, that } from './check.mjs'

const { host, port } = arguments_of()
const [user, password] = ['admin', '123456']
const int = 4, long = 5, string = 18, any = 25, vector = 1, dictionary = 5, table = 6

/** How each SDK writes the line before a request, and the byte order flag behind a function's name. */
const sdks = {
  'C++': { connect: ['API', '32_1_4_2'], call: ['API2', '32_1_4_64__0'], end: '1' },
  'C++, compressed': { connect: ['API', '96_1_4_2'], call: ['API2', '96_1_4_64__0'], end: '1' },
  Python: { connect: ['API', '32_1_4_2'], call: ['API2', '32_1_8_64'], end: '1' },
  Java: { connect: ['API', '0_1_4_2'], call: ['API', '0_1_4_64'], end: '1' },
  'C#': { connect: ['API', '0_1_4_2'], call: ['API', '0_1_4_64'], end: '1' },
  Go: { connect: ['API', '0_1_4_2'], call: ['API2', '0_1_4_2'], end: '1\n' },
  Rust: { connect: ['API', '0_1_4_2'], call: ['API2', '0_1_4_64'], end: '1' },
}

class Conversation {
  constructor (sdk) {
    this.sdk = sdks[sdk]
    this.client = new Client()
  }

  async ask (command, objects = [], [version, options] = this.sdk.call) {
    this.client.send(command, options, Buffer.concat(objects), version)
    const answer = await this.client.reply()
    if (version === 'API') same(answer.messages, [], 'messages')
    return answer
  }

  async connect () {
    const { status, objects } = await this.ask('connect\n', [], this.sdk.connect)
    same([status, objects], ['OK', 0])
    that(/^[1-9]\d*$/.test(this.client.sid), `session ${this.client.sid}`)
  }

  /** The object that a call answers. */
  async call (name, ...objects) {
    const answer = await this.ask(`function\n${name}\n${objects.length}\n${this.sdk.end}`, objects)
    same(answer.status, 'OK', name)
    return answer.objects ? this.client.object() : undefined
  }

  async run (script, call) {
    const answer = await this.ask(`script\n${script}`, [], call)
    same(answer.status, 'OK', script)
    return answer.objects ? this.client.object() : undefined
  }

  async refused (name, ...objects) { return (await this.ask(`function\n${name}\n${objects.length}\n${this.sdk.end}`, objects)).status }

  async login () {
    const { type, form, value } = await this.call('login', text(user), text(password), bool(false))
    same([type, form, value], [1, 0, 1], 'login')
  }

  /** getDynamicPublicKey, then both names encrypted: base64, broken into lines. */
  async login_encrypted () {
    const { type, value: key } = await this.call('getDynamicPublicKey')
    same(type, string)
    const sealed = t => text(publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(t)).toString('base64').replace(/.{64}/g, '$&\n') + '\n')
    same((await this.call('login', sealed(user), sealed(password), bool(true))).value, 1)
  }

  close () { this.client.close() }
}

const talk = (sdk, name, run) => check(`${sdk}: ${name}`, async () => {
  const c = new Conversation(sdk)
  await c.connect()
  await run(c)
  c.close()
})

// -- connecting -------------------------------------------------------------------------------------------

for (const sdk of ['C++', 'C++, compressed'])
  await talk(sdk, 'connect', async c => {
    await c.login_encrypted()
    const ready = await c.call('isNodeInitialized')
    same([ready.type, ready.value], [1, 1])
    const version = await c.call('version')
    that(version.type === string && /^\d+\.\d+\.\d+/.test(version.value), `version ${version.value}`)
    same((await c.run('x = 5; x')).value, 5)
  })
await talk('Python', 'connect', async c => {
  await c.login()
  // Asked whether this SDK is new enough: refused below the number, warned by the text unless it is empty.
  const required = await c.call('getRequiredAPIVersion')
  same([required.type, required.form, required.value], [25, 1, [0, '']])
  same((await c.call('isNodeInitialized')).value, 1)
  same((await c.call('version')).type, string)
  same((await c.run('1+1')).value, 2)
})
await check('Python: the pickle and Arrow protocols are refused in words', async () => {
  for (const [flag, what] of [[40, /pickle/i], [32 + 8 + 32768, /pickle/i], [32 + 32768, /PROTOCOL_DDB/]]) {
    const c = new Client()
    c.send('connect\n', `${flag}_1_4_2`, Buffer.alloc(0), 'API')
    that(what.test((await c.reply()).status), `flag ${flag}`)
    c.close()
  }
})
for (const sdk of ['Java', 'C#'])
  await talk(sdk, 'connect', async c => {
    await c.login_encrypted()
    const plain = await c.call('login', text(user), text(password))
    same(plain.value, 1)
    same((await c.run("getCurrentSessionAndUser()[1]")).value, user)
  })
await talk('C#', 'asks for the state of the node', async c => {
  await c.login()
  same((await c.run('iif(getNodeType() == 0 or getNodeType() == 3 or getNodeType() == 4, isDataNodeInitialized(), bool(1))')).value, 1)
})
await talk('Go', 'connect', async c => {
  same((await c.call('isNodeInitialized')).value, 1)  // before the login
  await c.login()
  same((await c.run('1+1')).value, 2)
})
await talk('Rust', 'connect', async c => {
  await c.login()
  same((await c.run('1+1')).value, 2)
})

for (const [sdk, flag] of [['C++', 36], ['Python', 36], ['Java', 4], ['C#', 4]])
  await check(`${sdk}: an asynchronous connection is answered once, for connect`, async () => {
    const c = new Conversation(sdk)
    c.sdk = { ...c.sdk, connect: ['API', `${flag}_1_4_2`] }
    await c.connect()
    const options = `${flag}_1_4_64`
    c.client.send(`function\nlogin\n2\n${c.sdk.end}`, options, Buffer.concat([text(user), text(password)]))
    c.client.send('script\nprint(`hidden); async_value = 7', options)
    same((await c.run('async_value')).value, 7)
    same((await c.run('getCurrentSessionAndUser()[1]')).value, user)
    c.close()
  })

// -- the cluster ------------------------------------------------------------------------------------------

for (const sdk of ['C++', 'Java', 'C#', 'Python'])
  await talk(sdk, 'high availability and load balance', async c => {
    await c.login()
    const perf = await c.run(sdk === 'C++' ? 'rpc(getControllerAlias(), getClusterPerf)' : 'rpc(getControllerAlias(),getClusterPerf)')
    same(perf.form, table)
    for (const [name, type] of [['host', string], ['port', int], ['mode', int], ['maxConnections', int], ['connectionNum', int],
      ['workerNum', int], ['executorNum', int]])
      same(perf.types[name], type, `type of ${name}`)
    that(perf.value.port.includes(port) && perf.value.host.includes(host), 'this node is not in it')
    const live = await c.run('rpc(getControllerAlias(), getClusterLiveDataNodes{false})')
    same([live.type, live.form], [string, vector])
    that(live.value.length > 0 && live.value.every(s => /^[^:]+:\d+:[^:]+$/.test(s)), `${live.value}`)
    const compute = (await c.run('getNodeType()')).value === 4
    same(live.value.some(s => s.startsWith(`${host}:${port}:`)), !compute, 'this node among the data nodes')
  })
await talk('C++', 'a repeated write carries its client and number', async c => {
  await c.login()
  const id = '5d212a78-cc48-e3b1-4235-b4d91473ee87'
  same((await c.run('replay = 1; replay', ['API2', `32_1_4_64__0__${id}_1`])).value, 1)
  same((await c.run('replay + 1', ['API2', `32_1_4_64__0__${id}_2`])).value, 2)
})
await talk('Java', 'cancels its own job', async c => {
  await c.login()
  const busy = new Conversation('Java')
  await busy.connect()
  await busy.login()
  busy.client.send('script\nwhile (true) {}', '0_1_4_64', Buffer.alloc(0), 'API')
  let jobs
  do jobs = await c.run(`exec rootJobId from getConsoleJobs() where sessionId = ${busy.client.sid}`)
  while (jobs.value.length === 0)
  same([jobs.type, jobs.form], [string, vector])
  await c.call('cancelConsoleJob', Buffer.concat([Buffer.from([string, vector, 1, 0, 0, 0, 1, 0, 0, 0]), Buffer.from(jobs.value[0] + '\0')]))
  that(/cancel/i.test((await busy.client.reply()).status), 'it was not cancelled')
  busy.close()
})

// -- writing ----------------------------------------------------------------------------------------------

const setup = new Conversation('Java')
await setup.connect()
await setup.login()
await setup.run(`
  if (existsDatabase("dfs://replays")) dropDatabase("dfs://replays")
  if (existsDatabase("dfs://replays2")) dropDatabase("dfs://replays2")
  s = table(1:0, \`id\`sym\`price, [INT, SYMBOL, DOUBLE])
  database("dfs://replays", HASH, [INT, 4]).createPartitionedTable(s, "one", "id")
  db = database("dfs://replays2", COMPO, [database(, VALUE, \`a\`b), database(, RANGE, 0 10 100)])
  db.createPartitionedTable(s, "two", \`sym\`id)
  m = table(1:0, \`id\`sym\`price, [INT, SYMBOL, DOUBLE])
  share m as replay_memory`)

const u32 = n => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b }
const column = (type, rows, ...items) => Buffer.concat([Buffer.from([type, 1]), u32(rows), u32(1), ...items])
/** Two rows as SDKs upload them: SYMBOL with its base from C++ and Python, as texts from the others. */
const rows_for = sdk => {
  const prices = Buffer.alloc(16)
  prices.writeDoubleLE(1.5, 0)
  prices.writeDoubleLE(2.5, 8)
  const symbols = /C\+\+|Python/.test(sdk)
    ? column(145, 2, u32(0), u32(3), Buffer.from('\0a\0b\0'), u32(1), u32(2))
    : column(string, 2, Buffer.from('a\0b\0'))
  return Buffer.concat([Buffer.from([0, table]), u32(2), u32(3), Buffer.from('\0id\0sym\0price\0'), column(int, 2, u32(1), u32(20)), symbols,
    column(16, 2, prices)])
}

for (const sdk of ['C++', 'Python', 'Java', 'C#', 'Go'])
  await talk(sdk, 'appenders: schema, then tableInsert', async c => {
    await c.login()
    const of_one = await c.run(/Java|C#/.test(sdk) ? 'schema(loadTable("dfs://replays","one"))' : 'schema(loadTable("dfs://replays", "one"))')
    same(of_one.form, dictionary)
    const one = of_one.value
    same(one.colDefs.form, table)
    same([one.colDefs.types.name, one.colDefs.types.typeString, one.colDefs.types.typeInt, one.colDefs.types.extra], [string, string, int, int])
    same(one.colDefs.value.typeInt, [4, 17, 16])
    same([one.partitionColumnName, one.partitionColumnIndex, one.partitionType, one.partitionColumnType], ['id', 0, 5, 4], 'one level: scalars')
    const { value: two } = await c.run('schema(loadTable("dfs://replays2","two"))')
    same([two.partitionColumnName.value, two.partitionColumnIndex.value, two.partitionType.value, two.partitionColumnType.value],
      [['sym', 'id'], [1, 0], [1, 2], [17, 4]], 'two levels: vectors')
    same([two.partitionColumnIndex.type, two.partitionType.type, two.partitionSchema.type], [int, int, any])
    const { value: memory } = await c.run('schema(replay_memory)')
    that(!('partitionColumnName' in memory), 'a table in memory has no partition column')
    const inserted = await c.call('tableInsert{loadTable("dfs://replays","one")}', rows_for(sdk))
    same([inserted.type, inserted.value], [int, 2])
    same((await c.call('tableInsert{loadTable("dfs://replays2","two")}', rows_for(sdk))).value, 2)
    same((await c.call('tableInsert{replay_memory}', rows_for(sdk))).value, 2)
    const before = (await c.run('exec count(*) from loadTable("dfs://replays2","two")')).value
    await c.call('upsert!{loadTable("dfs://replays2","two"),,ignoreNull=false,keyColNames=`id`sym}', rows_for(sdk))
    same((await c.run('exec count(*) from loadTable("dfs://replays2","two")')).value, before, 'rows after upsert!')
  })
await talk('C++', 'MultithreadedTableWriter asks for the kind of table', async c => {
  await c.login()
  same((await c.run('typestr(replay_memory)')).value, 'IN-MEMORY TABLE')
  const head = await c.run('select top 0* from replay_memory')
  same([head.form, head.rows, Object.keys(head.value)], [table, 0, ['id', 'sym', 'price']])
})
await talk('Python', 'Session: tables by name, upload, undef', async c => {
  await c.login()
  await c.run('t0 = loadTable("dfs://replays","one")')
  same((await c.run('existsDatabase("dfs://replays")')).value, 1)
  same((await c.run('existsTable("dfs://replays","one")')).value, 1)
  const set = await c.ask('variable\nup\n1\n1', [rows_for('Python')])
  same([set.status, set.objects], ['OK', 0])
  same((await c.run('exec sum(price) from up')).value, 4)
  await c.run("undef('up', VAR)")
  that(/up/.test((await c.ask('script\nup')).status), 'up is still there')
  await c.run('undef all')
})
await talk('Java', 'upload and fetch by blocks', async c => {
  await c.login()
  same((await c.ask('variable\nup,n\n2\n1', [rows_for('Java'), little(7)])).status, 'OK')
  same((await c.run('rows(up) + n')).value, 9)
  const head = await c.ask('script\ntable(1..10000 as a)', [], ['API', '0_1_4_64__8192'])
  same(head.status, 'OK')
  same([...await c.client.take(10)], [any, vector, 2, 0, 0, 0, 1, 0, 0, 0])
  same([(await c.client.object()).rows, (await c.client.object()).rows], [8192, 1808])
})

// -- subscribing: not there yet, and said so ---------------------------------------------------------------

for (const sdk of ['C++', 'Python', 'Java', 'C#', 'Go'])
  await talk(sdk, 'a subscription is refused in words', async c => {
    await c.login()
    const words = /does not publish stream tables yet/
    same((await c.call('version')).type, string)
    that(words.test(await c.refused('getSubscriptionTopic', text('trades'), text('action'))), 'getSubscriptionTopic')
    const subscriber = new Conversation(sdk)
    subscriber.sdk = { ...subscriber.sdk, connect: [subscriber.sdk.connect[0], '131104_1_4_2'] }
    await subscriber.connect()
    await subscriber.login()
    const offset = Buffer.from([long, 0, 255, 255, 255, 255, 255, 255, 255, 255])
    that(words.test(await subscriber.refused('publishTable', text('localhost'), little(0), text('trades'), text('action'), offset)), 'publishTable')
    that(words.test(await c.refused('stopPublishTable', text('localhost'), little(0), text('trades'), text('action'))), 'stopPublishTable')
    same((await subscriber.run('1+1')).value, 2)
    subscriber.close()
  })

await setup.run('undef(`replay_memory, SHARED)\ndropDatabase("dfs://replays")\ndropDatabase("dfs://replays2")')
setup.close()
finish()
