// The console in a real Chromium against a running server:
//   node tests/console.mjs http://HOST:PORT [--cluster=node,node]
// Takes screenshots into /tmp/console-shots. Fails on console errors and on requests to other hosts.
// --cluster: the server is a controller with these nodes, at first stopped, the second a data node. They are started,
// stopped and killed, so all run on this machine and a second server is started by an agent of its own.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'
import { DDB } from 'dolphindb'

// The package wants it; Node.js has it from 22 on.
Promise.withResolvers ??= () => {
  const parts = {}
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }))
  return parts
}

const base = process.argv[2]
if (!base) { console.error('usage: node tests/console.mjs http://HOST:PORT [--cluster=node,node]'); process.exit(3) }
const cluster = process.argv.find(word => word.startsWith('--cluster='))?.slice(10).split(',')
const shots = '/tmp/console-shots'
mkdirSync(shots, { recursive: true })
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let failed = 0
const problems = []
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', colorScheme: 'light' })
const page = await context.newPage()
page.setDefaultTimeout(20_000)
page.on('console', message => { if (message.type() === 'error') problems.push('console: ' + message.text()) })
page.on('pageerror', error => problems.push('page: ' + error.message))
page.on('request', request => {
  const url = new URL(request.url())
  if (!['data:', 'blob:'].includes(url.protocol) && url.host !== new URL(base).host) problems.push('foreign request: ' + request.url())
})

const that = (truth, text) => { if (!truth) throw new Error(text) }
const by = name => page.locator(`[data-test="${name}"]`)
const text_of = async name => (await by(name).first().innerText()).trim()
const shot = name => page.screenshot({ path: `${shots}/${cluster ? 'cluster-' : ''}${name}.png` })

let done = 0
async function check(name, body) {
  const start = Date.now()
  try {
    await body()
    done++
    console.log(`ok   ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failed++
    console.log('FAIL ' + name + ': ' + error.message.split('\n').slice(0, 3).join(' | '))
    await shot('failure-' + failed).catch(() => {})
  }
}

async function until(what, text, ms = 20_000) {
  const end = Date.now() + ms
  while (Date.now() < end) {
    if (await what().catch(() => false)) return
    await page.waitForTimeout(150)
  }
  throw new Error('never: ' + text)
}

/** Serious findings of axe-core on the current screen. */
async function accessible(screen) {
  await check(`axe: ${screen}`, async () => {
    const cdp = await context.newCDPSession(page)  // not subject to the page's content security policy
    await cdp.send('Runtime.evaluate', { expression: axe })
    const { result } = await cdp.send('Runtime.evaluate', { awaitPromise: true, returnByValue: true, expression:
      `axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' ; ')))` })
    that(Array.isArray(result.value), 'axe did not run')
    that(!result.value.length, result.value.join(' || '))
  })
}

async function go(screen) {
  await page.evaluate(to => { location.hash = to }, screen)
  await page.waitForTimeout(600)
}

async function write(code) {
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(code)
}

async function run(code) {
  await write(code)
  await by('run').click()
  await until(async () => !(await by('run').isDisabled()), 'the script ends', 60_000)
}

// -- login ------------------------------------------------------------------------------------------------

await check('policy without inline script', async () => {
  const answer = await page.goto(base + '/')
  const policy = answer.headers()['content-security-policy'] ?? ''
  that(/script-src 'self'/.test(policy) && !/script-src[^;]*unsafe-inline/.test(policy), policy || 'no policy')
})
await check('wrong password is refused', async () => {
  await page.fill('input[type=password]', 'wrong')
  await page.click('button[type=submit]')
  await by('login-error').waitFor()
  await shot('login-refused')
})
await accessible('login')
await check('login', async () => {
  await page.fill('input[type=password]', '123456')
  await page.click('button[type=submit]')
  await by('node').waitFor()
})
await check('initial password is warned of', async () => { await by('initial-password').waitFor() })
await check('a reload keeps the session', async () => {
  await page.reload()
  await by('node').waitFor()
})

// -- interactive ------------------------------------------------------------------------------------------

if (!cluster) {
  await go('shell')
  await check('a select stays on the server and is paged', async () => {
    await run('n = 1210000\nt = table(1..n as id, rand(100.0, n) as price)\nselect * from t')
    that(/1,210,000/.test(await text_of('rows')), await text_of('rows'))
    await page.locator('.ant-pagination-item').last().click()
    await until(async () => (await by('grid').innerText()).includes('1210000'), 'the last page')
    await shot('shell-million')
  })
  await check('highlighting and completion', async () => {
    await write('select * from t where id > wav')
    that(await page.locator('.cm-line span').count() > 1, 'no coloured words')
    await page.keyboard.press('Control+Space')
    await page.locator('.cm-tooltip-autocomplete').waitFor()
    that((await page.locator('.cm-tooltip-autocomplete').innerText()).includes('wavg'), 'no wavg')
    await page.keyboard.press('Escape')
  })
  await check('an error is shown and its line marked', async () => {
    await run('a = 1\nb = 2\nnoSuchFunction(3)\nc = 4')
    that(/noSuchFunction/.test(await text_of('failure')), await text_of('failure'))
    that((await page.locator('.cm-error-line').innerText()).includes('noSuchFunction'), 'another line is marked')
    await shot('shell-error')
  })
  await check('the selection runs alone, its error line counts from the top', async () => {
    await write('bad(1)\nx = 5\nworse(2)')
    await page.keyboard.press('Control+End')
    await page.keyboard.press('Shift+Home')
    await by('run-selection').click()
    await until(async () => (await by('failure').innerText()).includes('worse'), 'the error')
    that((await page.locator('.cm-error-line').innerText()).includes('worse'), 'another line is marked')
  })
  await check('printed output', async () => {
    await run('print("hello & <b>bold</b>")\nprint(1..3)')
    await until(async () => (await text_of('output')).includes('<b>bold</b>'), 'the text')
    await shot('shell-output')
  })
  await check('variables are listed and previewed', async () => {
    await by('var-t').click()
    await page.getByRole('tab', { name: 'Result' }).click()
    await until(async () => /1,210,000/.test(await text_of('rows')), 'the preview')
  })
  await check('markup in data stays text', async () => {
    await run('select `$"<img src=x onerror=alert(1)>" as `a from table(1..2 as i)'.replace('`$', '').replace('`a', 'a'))
    await until(async () => (await by('grid').innerText()).includes('<img src=x'), 'the text')
    that(await page.locator('.grid img').count() === 0, 'an element came of it')
  })
  await check('CSV export', async () => {
    await run('select id, string(id) + "," as s from t where id <= 3')
    const [file] = await Promise.all([page.waitForEvent('download'), by('csv').click()])
    const text = readFileSync(await file.path(), 'utf8').replace('\ufeff', '')
    that(text === 'id,s\n1,"1,"\n2,"2,"\n3,"3,"\n', JSON.stringify(text))
  })
  await check('plots: line and candlestick', async () => {
    await run('select id, price from t where id <= 200')
    await page.getByRole('tab', { name: 'Plot' }).click()
    await page.locator('[data-test=plot] canvas').waitFor()
    await page.waitForTimeout(500)
    await shot('plot-line')
    await run('n = 60\nclose = 100 + cumsum(rand(2.0, n) - 1)\nopen = close - rand(2.0, n) + 1\nk = table(2024.01.01 + 0..(n-1) as date, open, max(open, close) + 1 as high, min(open, close) - 1 as low, close)\nselect * from k')
    await until(async () => (await page.locator('.results').innerText()).includes('Candlestick'), 'the candlestick')
    await page.waitForTimeout(500)
    await shot('plot-candlestick')
  })
  await check('an endless loop is interrupted', async () => {
    await write('i = 0\ndo { i += 1 } while (true)')
    await by('run').click()
    await page.waitForTimeout(1000)
    await by('interrupt').click()
    await until(async () => !(await by('run').isDisabled()), 'the loop ends', 10_000)
    that(await by('failure').count() === 1, 'no error is shown')
  })
  await check('a job is cancelled on its screen while the script runs', async () => {
    await write('i = 0\ndo { i += 1 } while (true)')
    await by('run').click()
    await go('jobs')
    const row = page.locator('tr.ant-table-row', { hasText: 'while' })
    await row.first().waitFor()
    await shot('jobs-running')
    await row.first().getByRole('button', { name: 'Cancel' }).click()
    await page.locator('.ant-popconfirm-buttons .ant-btn-primary').click()
    await until(async () => await row.count() === 0, 'the job is gone')
    await go('shell')
    await until(async () => !(await by('run').isDisabled()), 'the script ends')
  })
  await check('signature help', async () => {
    await write('wavg(')
    await page.locator('.cm-tooltip', { hasText: 'wavg(' }).first().waitFor()
  })
  await check('databases, tables and columns', async () => {
    await run('if (existsDatabase("dfs://console_test")) dropDatabase("dfs://console_test")\ndb = database("dfs://console_test", VALUE, 2024.01.01..2024.01.03)\n' +
      'p = db.createPartitionedTable(table(1:0, `day`sym`qty, [DATE, SYMBOL, LONG]), `trades, `day)\np.append!(table(take(2024.01.01..2024.01.03, 30) as day, take(`a`b, 30) as sym, long(1..30) as qty))')
    that(await by('failure').count() === 0, await by('failure').count() ? await text_of('failure') : '')
    const tree = page.locator('.ant-tree')
    await tree.getByText('console_test').waitFor()
    await tree.locator('.ant-tree-switcher').first().click()
    await tree.getByText('trades').click()
    await page.getByRole('tab', { name: 'Result' }).click()
    await until(async () => /^30 /.test(await text_of('rows')), '30 rows')
    await tree.locator('.ant-tree-switcher_close').first().click()
    await tree.getByText('qty').waitFor()
    await shot('shell-database')
    await run('pt = loadTable("dfs://console_test", "trades")\npt')
    await until(async () => /^30 /.test(await text_of('rows')), 'a handle is paged like a table')
  })
  await accessible('interactive')
  await check('the script survives a reload', async () => {
    await write('// kept text\n1 + 1')
    await page.reload()
    await until(async () => (await page.locator('.cm-content').innerText()).includes('kept text'), 'the text')
  })
}

// -- cluster ----------------------------------------------------------------------------------------------

if (cluster) {
  const state = name => text_of('state-' + name)
  await go('overview')
  await check('nodes are listed', async () => {
    for (const name of cluster) await by('node-' + name).waitFor()
    await shot('overview-cards')
  })
  const press = async (button, names) => {
    for (const name of names) await by('node-' + name).locator('input[type=checkbox]').check()
    await by(button).click()
    if (button === 'stop') await page.locator('.ant-popconfirm-buttons .ant-btn-dangerous').click()
    for (const name of names) await by('node-' + name).locator('input[type=checkbox]').uncheck()
  }
  const settle = async word => { for (const name of cluster) await until(async () => (await state(name)) === word, `${name} is ${word}`, 60_000) }
  await check('nodes are started by clicking', async () => {
    await press('start', cluster)
    await settle('Online')
    await shot('overview-online')
  })
  await accessible('overview')
  await check('nodes are stopped by clicking', async () => {
    await press('stop', cluster)
    await settle('Offline')
    await shot('overview-offline')
    await press('start', cluster)
    await settle('Online')
  })
  for (const view of ['Table', 'Picture', 'Cards'])
    await check('view ' + view, async () => {
      await page.locator('.page .ant-segmented-item', { hasText: view }).click()
      await page.waitForTimeout(300)
      await shot('overview-' + view.toLowerCase())
    })
  await check('a bad parameter is refused at its field', async () => {
    await go('nodesConfig')
    await by('add').waitFor()
    const before = await page.locator('tbody tr.ant-table-row').count()
    await by('add').click()
    const row = page.locator('tbody tr.ant-table-row').last()
    await row.locator('input[aria-label=Scope]').fill(cluster[0])
    await page.keyboard.press('Escape')
    await row.locator('input[aria-label=Key]').fill('workerNum')
    await page.keyboard.press('Escape')
    await row.getByLabel('Value').fill('abc')
    that(/not a number/.test(await row.locator('[data-test=problem]').innerText()), 'no message')
    that(await by('save').isDisabled(), 'Save is offered')
    await shot('config-bad')
    await row.getByLabel('Value').fill('3')
    await by('save').click()
    await until(async () => await by('save').isDisabled() && await by('refusal').count() === 0, 'saved')
    await page.reload()
    await by('add').waitFor()
    that(await page.locator('tbody tr.ant-table-row').count() === before + 1, 'the line is not in the file')
    await page.locator('tbody tr.ant-table-row').last().getByRole('button', { name: 'Delete' }).click()
    await by('save').click()
    await until(async () => await page.locator('tbody tr.ant-table-row').count() === before && await by('save').isDisabled(), 'removed')
  })
  await accessible('nodes config')
  await check('a killed node is red within 10 s', async () => {
    await go('overview')
    const address = /(\d[\d.]+:\d+)/.exec(await text_of('node-' + cluster[0]))[1]
    const { pid } = await (await fetch(`http://${address}/status`)).json()
    process.kill(pid, 'SIGKILL')
    await until(async () => (await state(cluster[0])) === 'Offline', 'red', 10_000)
    await shot('overview-killed')
    await press('start', [cluster[0]])
    await settle('Online')
  })
  await check('the error of a node that cannot start is shown, with a way to its log', async () => {
    const node = cluster[1]  // a data node: it needs its volumes
    await go('nodesConfig')
    await by('add').click()
    const row = page.locator('tbody tr.ant-table-row').last()
    await row.locator('input[aria-label=Scope]').fill(node)
    await page.keyboard.press('Escape')
    await row.locator('input[aria-label=Key]').fill('volumes')
    await page.keyboard.press('Escape')
    await row.getByLabel('Value').fill('/proc/nowhere')
    await by('save').click()
    await until(async () => await by('save').isDisabled(), 'saved')
    await go('overview')
    await press('stop', [node])
    await until(async () => (await state(node)) === 'Offline', 'stopped', 60_000)
    await press('start', [node])
    await by('note-' + node).waitFor({ timeout: 30_000 })
    await until(async () => (await state(node)) === 'Offline', 'the wait ends')
    await shot('overview-failed-start')
    await by('node-' + node).getByRole('button', { name: 'Log' }).click()
    await until(async () => (await text_of('log')).includes('nowhere'), 'the reason in the log')
    await shot('log-failed-start')
    await go('nodesConfig')
    await by('add').waitFor()
    await page.locator('tbody tr.ant-table-row').last().getByRole('button', { name: 'Delete' }).click()
    await by('save').click()
    await until(async () => await by('save').isDisabled(), 'removed')
    await go('overview')
    await press('start', [node])
    await settle('Online')
  })
  await check('transactions and a copy of a chunk are shown', async () => {
    const address = /(\d[\d.]+:\d+)/.exec(await text_of('node-' + cluster[0]))[1]
    const node = new DDB('ws://' + address, { autologin: true, username: 'admin', password: '123456', verbose: false })
    await node.connect()
    await node.execute('if (existsDatabase("dfs://console_test")) dropDatabase("dfs://console_test")\n' +
      'db = database("dfs://console_test", VALUE, 2024.01.01..2024.01.03)\n' +
      'p = db.createPartitionedTable(table(1:0, `day`qty, [DATE, LONG]), `trades, `day)\n' +
      'p.append!(table(take(2024.01.01..2024.01.03, 30) as day, long(1..30) as qty))')
    node.disconnect()
    const head = new DDB(base.replace('http', 'ws'), { autologin: true, username: 'admin', password: '123456', verbose: false })
    await head.connect()
    const chunk = await head.execute('exec first(chunkId) from getClusterChunksStatus() where file like "/console_test/20240102%"')
    await head.execute(`deleteReplicas("${chunk}", "${cluster[1]}")`)
    await go('recovery')
    const commits = by('sheet-transactions').locator('tr.ant-table-row', { hasText: 'COMPLETE' })
    await until(async () => await commits.count() > 0, 'a transaction that is complete')
    const append = by('sheet-transactions').locator('tr.ant-table-row').filter({ has: page.locator('td:nth-child(4)', { hasText: /^3$/ }) })
    await until(async () => await append.count() > 0, 'the append with its 3 partitions')
    await shot('recovery-transactions')
    await page.getByRole('tab', { name: 'Recovery' }).click()
    const copy = by('sheet-copies').locator('tr.ant-table-row', { hasText: chunk })
    // The controller may bring the replica back by itself before the order does.
    if (!await copy.count()) await head.execute(`try { copyReplicas("${cluster[0]}", "${cluster[1]}", "${chunk}") } catch (ex) {}`)
    await until(async () => /Finished/.test(await copy.first().innerText()), 'the copy is finished', 60_000)
    const cells = (await copy.first().locator('td').allInnerTexts()).map(cell => cell.trim())
    that(cells[2] === cluster[0] && cells[3] === cluster[1], cells.join(' | '))
    that((await text_of('recovery-sum')).includes('0 copies'), await text_of('recovery-sum'))
    const replicas = await head.execute(`exec first(replicaCount) from getClusterChunksStatus() where chunkId = "${chunk}"`)
    that(Number(replicas) === 2, 'replicas: ' + replicas)
    head.disconnect()
    await page.getByLabel('Filter').fill('no such chunk')
    await until(async () => await copy.count() === 0 && (await by('sheet-copies').innerText()).includes('No copies yet'), 'the filter hides it')
    await page.getByLabel('Filter').fill('')
    await copy.first().waitFor()
    await shot('recovery-copies')
    await page.getByRole('tab', { name: 'Unresolved' }).click()
    await by('sheet-doubts').getByText('Nothing is in doubt').waitFor()
    await page.getByRole('tab', { name: 'Recovery' }).click()
  })
  await accessible('recovery')
  await check('recovery in Chinese, light and dark', async () => {
    await page.locator('.ant-layout-header .ant-segmented-item', { hasText: '中文' }).click()
    await page.getByRole('tab', { name: '恢复任务' }).waitFor()
    that((await text_of('recovery-sum')).includes('个进行中的事务'), await text_of('recovery-sum'))
    await shot('recovery-chinese')
    await by('look').click()
    await page.waitForTimeout(400)
    await shot('recovery-dark')
    await page.locator('.ant-layout-header .ant-segmented-item', { hasText: 'EN' }).click()
  })
  await accessible('recovery, dark')
  await by('look').click()
  for (const screen of ['controllerConfig', 'clusterNodes'])
    await check(screen, async () => {
      await go(screen)
      await by('add').waitFor()
      await page.locator('tbody tr.ant-table-row').first().waitFor()
      await shot(screen)
    })
}

// -- the rest ---------------------------------------------------------------------------------------------

for (const screen of ['files', 'jobs', 'recovery', 'logs']) {
  await check(screen, async () => {
    await go(screen)
    await page.waitForTimeout(900)
    const alerts = await page.locator('.ant-alert-error').allInnerTexts()
    that(!alerts.length, alerts.join(' | '))
    if (screen === 'files' && !cluster) {
      await page.locator('.ant-table-row-expand-icon').first().click()
      await page.locator('.ant-table-row-level-1').first().waitFor()
    }
    if (screen === 'logs' && cluster) {
      await until(async () => (await text_of('log')).includes('<INFO>'), 'log lines')
      await go('logs/' + cluster[0])
      await until(async () => (await text_of('log')).includes(cluster[0]), 'log lines of ' + cluster[0])
    }
    await shot(screen)
  })
  await accessible(screen)
}
for (const [name, width] of [['dark', 1440], ['dark-small', 1024]])
  await check('dark at ' + width, async () => {
    if (name === 'dark') await by('look').click()
    await page.setViewportSize({ width, height: 768 })
    for (const screen of cluster ? ['overview', 'nodesConfig', 'logs'] : ['shell', 'files', 'jobs']) {
      await go(screen)
      await page.waitForTimeout(500)
      await shot(`${name}-${screen}`)
    }
  })
await accessible('dark')
await check('Chinese', async () => {
  await page.locator('.ant-layout-header .ant-segmented-item', { hasText: '中文' }).click()
  await page.getByText('集群总览').first().waitFor({ state: 'attached' })
  await shot('chinese')
  await page.locator('.ant-layout-header .ant-segmented-item', { hasText: 'EN' }).click()
})
await check('logout', async () => {
  await by('user').click()
  await page.getByText('Log out').click()
  await page.locator('input[type=password]').waitFor()
  await page.reload()
  await page.locator('input[type=password]').waitFor()
})
await check('no console error, no foreign request', async () => that(!problems.length, [...new Set(problems)].join('\n').replaceAll('\n', ' || ')))
await browser.close()
console.log(`${done} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
