// What the options of a request promise of its job: how many threads it may take, and whether others may end it.
// --pid is that of the node, on this machine: the work of its threads is read from /proc.
import { readdirSync, readFileSync } from 'node:fs'
import { Client, text } from './api_client.mjs'
import { arguments_of, check, finish, same, that } from './check.mjs'

const { number } = arguments_of()
const pid = number('pid', 0)

// The workers may all be busy; these requests have one of their own.
const urgent = '1_1_8_64'
const login = async () => { const c = new Client(); same((await c.ask('connect\nlogin\nadmin\n123456')).status, 'OK'); return c }
const job_of = async (admin, sid) => {
  for (;;) {
    same((await admin.ask(`script\nselect rootJobId, parallelism from getConsoleJobs() where sessionId == ${sid}`, urgent)).status, 'OK')
    const { rows, value } = await admin.object()
    if (rows === 1) return { id: value.rootJobId[0], parallelism: value.parallelism[0] }
  }
}
/** Processor time, user and system, that a stat file of /proc tells, in hundredths of a second. */
const time_of = file => readFileSync(file, 'latin1').split(') ')[1].split(' ').slice(11, 13).reduce((sum, x) => sum + Number(x), 0)
/** What the node has worked so far: in all, and each of its threads that still lives. Helpers of a job end with their work. */
const worked = () => ({
  all: time_of(`/proc/${pid}/stat`),
  threads: Object.fromEntries(readdirSync(`/proc/${pid}/task`).flatMap(id => {
    try { return [[id, time_of(`/proc/${pid}/task/${id}/stat`)]] } catch { return [] }
  }))
})

await check('cancellable=0: nobody cancels the job by its id, its session can still be closed', async () => {
  const busy = await login(), admin = await login()
  busy.send('script\nwhile (true) {}', '0_0_4_64')
  const { id } = await job_of(admin, busy.sid)
  const wanted = new RegExp(`The job ${id} can't be cancelled: its client sent it as not cancellable`)
  that(wanted.test((await admin.ask(`script\ncancelConsoleJob("${id}")`, urgent)).status), 'cancelConsoleJob in a script')
  that(wanted.test((await admin.ask('function\ncancelConsoleJob\n1\n1', urgent, text(id))).status), 'cancelConsoleJob as a function')
  same((await job_of(admin, busy.sid)).id, id, 'the job after it')
  same((await admin.ask(`script\ncloseSessions(${busy.sid})`, urgent)).status, 'OK')
  let rows = 1
  while (rows !== 0) {
    await admin.ask(`script\nselect sessionId from getConsoleJobs() where sessionId == ${busy.sid}`, urgent)
    rows = (await admin.object()).rows
  }
  admin.close()
})
await check('cancellable=0 does not shield the others of a list, nor the next job of its session', async () => {
  const kept = await login(), other = await login(), admin = await login()
  kept.send('script\nwhile (!("job_limits_go" in (exec name from objs(true)))) sleep(20); 7', '0_0_4_64')
  other.send('script\nwhile (true) {}')
  const ids = [(await job_of(admin, kept.sid)).id, (await job_of(admin, other.sid)).id]
  that(/not cancellable/.test((await admin.ask(`script\ncancelConsoleJob(["${ids[0]}", "${ids[1]}"])`, urgent)).status), 'no error')
  that(/cancelled/.test((await other.reply()).status), 'the other one')
  same((await admin.ask('script\nshare(table(1 as a), "job_limits_go")', urgent)).status, 'OK')
  same((await kept.reply()).status, 'OK')
  same(await kept.int(), 7)
  same((await admin.ask('script\nundef("job_limits_go", SHARED)', urgent)).status, 'OK')
  kept.send('script\nwhile (true) {}', '0_1_4_64')
  const { id } = await job_of(admin, kept.sid)
  same((await admin.ask(`script\ncancelConsoleJob("${id}")`, urgent)).status, 'OK')
  that(/cancelled/.test((await kept.reply()).status), 'the next job')
  for (const c of [kept, other, admin]) c.close()
})
await check('parallelism=1: a query of stored and of other rows keeps to one thread', async () => {
  const c = await login()
  same((await c.ask(`script
    if (existsDatabase("dfs://job_limits")) dropDatabase("dfs://job_limits")
    db = database("dfs://job_limits", VALUE, 0..7)
    pt = db.createPartitionedTable(table(1:0, \`k\`a\`x, [INT, LONG, DOUBLE]), "t", \`k)
    m = table(int(0..199999 % 8) as k, 0l..199999l as a, rand(1.0, 200000) as x)
    pt.append!(m)`)).status, 'OK')
  const query = 'script\nfor (i in 0..39) { select sum(x), avg(x), std(x), count(a) from pt where x > 0.01 * i group by k, a % 100; ' +
    'select sum(x) from m where x > 0.5 group by a % 1000; sort(m.x) }; 1'
  // The part of the node's work that its busiest thread did: however slow the machine is, that is the job's own thread.
  // The clock counts hundredths of a second, so there has to be a second of work.
  const own_part = async options => {
    const before = worked()
    same((await c.ask(query, options)).status, 'OK')
    await c.object()
    const after = worked()
    const busiest = Math.max(...Object.entries(after.threads).map(([id, time]) => time - (before.threads[id] ?? 0)))
    return busiest / Math.max(after.all - before.all, 1)
  }
  await own_part('0_1_4_64')  // so that the columns are in memory
  const one = await own_part('0_1_4_1'), many = await own_part('0_1_4_64')
  console.error(`      the job's own thread did ${(one * 100).toFixed(0)} % of the work with parallelism 1, ${(many * 100).toFixed(0)} % with 64`)
  that(one > 0.85, `its own thread did only ${(one * 100).toFixed(0)} % of the work of a job that may take one`)
  await c.ask('script\ndropDatabase("dfs://job_limits")')
  c.close()
})

finish()
