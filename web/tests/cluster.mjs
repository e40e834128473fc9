// The cluster's own screens on a controller: overview, configuration, nodes, recovery. Nodes are those of run.sh.
import { readFileSync } from 'node:fs'
import { that } from './harness.mjs'

export const nodes = ['P1-datanode', 'P2-datanode', 'P3-computenode']

export const state = (t, name) => t.text_of('state-' + name)

/** The overview with a card for each node. */
export async function cards(t) {
  await t.go('overview')
  await t.view('Cards')
}

export async function address_of(t, name) { return /(\d[\d.]+:\d+)/.exec(await t.text_of('node-' + name))[1] }

export async function press(t, button, names) {
  for (const name of names) await t.by('node-' + name).locator('input[type=checkbox]').check()
  await t.by(button).click()
  if (button === 'stop') await t.confirm('stop-yes')
  for (const name of names) await t.by('node-' + name).locator('input[type=checkbox]').uncheck()
}

export async function settle(t, word, names = nodes) {
  for (const name of names) await t.until(async () => await state(t, name) === word, `${name} is ${word}`, 60_000)
}

export async function overview(t) {
  const { page } = t
  await t.check('nodes are listed, grouped by server', async () => {
    await cards(t)
    for (const name of nodes) await t.by('node-' + name).waitFor()
    that(await page.locator('h2.server').count() === 3, 'not three servers')
  })
  await t.check('nodes are started by clicking, live without a reload', async () => {
    await press(t, 'start', nodes)
    await settle(t, 'Online')
    for (const word of ['Role', 'Address', 'CPU', 'Memory', 'Disk', 'Connections', 'Running jobs', 'Version']) await t.shows('node-P1-datanode', word)
  })
  await t.check('nodes are stopped and started again', async () => {
    await press(t, 'stop', ['P2-datanode', 'P3-computenode'])
    await settle(t, 'Offline', ['P2-datanode', 'P3-computenode'])
    await t.shot('overview-stopped')
    await press(t, 'start', ['P2-datanode', 'P3-computenode'])
    await settle(t, 'Online')
  })
  await t.check('the table has the same nodes', async () => {
    await t.view('Table')
    for (const name of nodes) await page.locator('tr.ant-table-row', { hasText: name }).waitFor()
  })
}

/** After the tutorial: its database lies on both data nodes. */
export async function picture(t) {
  const { page } = t
  await t.check('the picture shows servers, nodes and replicas', async () => {
    await cards(t)
    await t.view('Picture')
    for (const name of nodes) await t.by('picture-' + name).waitFor()
    await t.until(async () => /Replicas: \d+/.test(await t.by('picture-P1-datanode').textContent()) && await t.by('shared').count() === 1, 'the replicas and what both share')
    await t.shows(t.by('replica-table').locator('tr', { hasText: 'testDB' }), /testDB\s+(\d+)\s+\1/)
  })
  await t.check('database > partition > chunk with replicas, versions, sizes and states', async () => {
    await t.go('files')
    await page.getByLabel('Filter').fill('testdb')
    const row = level => page.locator(`.ant-table-row-level-${level}`)
    const open = which => which.locator('.ant-table-row-expand-icon').click()
    const database = row(0).filter({ hasText: 'dfs://testDB' })
    await t.until(async () => /1,210,000/.test(await database.innerText()) && /(KB|MB)/.test(await database.innerText()), 'the sums of the database')
    await open(database)
    await open(row(1).filter({ hasText: '20230108' }))
    const chunk = row(2).first()
    for (const wanted of [/(KB|MB)/, 'testTB', /complete/i, /P1-datanode\s*v1[\s\S]*P2-datanode\s*v1/, /[0-9a-f]{8}-[0-9a-f]{4}-/]) await t.shows(chunk, wanted)
    await t.shot('files-open')
    await page.getByLabel('Filter').fill('testdb/no such partition')
    await open(database)
    await page.getByText('Empty', { exact: true }).waitFor()
    await page.getByLabel('Filter').fill('no such database')
    await page.getByText('Nothing matches').waitFor()
  })
}

/** Writes one line of a form; the list of proposals is closed. */
async function fill(t, row, label, text) {
  await row.locator(`input[aria-label=${label}]`).fill(text)
  await t.page.keyboard.press('Escape')
}

async function save(t) {
  await t.by('save').click()
  await t.until(async () => await t.by('saved').count() === 1 && await t.by('save').isDisabled(), 'saved')
}

const last = t => t.page.locator('tbody tr.ant-table-row').last()
const problem = t => last(t).locator('[data-test=problem]')

export async function settings(t, config) {
  const { page } = t
  const cfg = () => readFileSync(`${config}/cluster.cfg`, 'utf8')
  await t.check('a bad parameter is refused at its field', async () => {
    await t.go('nodesConfig')
    await t.by('add').click()
    await fill(t, last(t), 'Scope', 'P1-datanode')
    await fill(t, last(t), 'Key', 'workerNum')
    await last(t).getByLabel('Value').fill('abc')
    await t.shows(problem(t), 'not a number')
    that(await t.by('save').isDisabled(), 'Save is offered')
    await t.shot('config-bad')
    await last(t).getByLabel('Value').fill('100000')
    await t.shows(problem(t), 'between')
    await fill(t, last(t), 'Key', 'workerNumber')
    await t.shows(problem(t), 'unknown parameter')
  })
  await t.check('a pattern tells which nodes it hits, and who overrides it', async () => {
    await fill(t, last(t), 'Key', 'workerNum')
    await last(t).getByLabel('Value').fill('3')
    const hits = (names, row = last(t), kind = '.ant-tag') => t.until(async () => (await row.locator(`[data-test=hits] ${kind}`).allInnerTexts()).join(' ') === names, `${names} are hit`)
    await fill(t, last(t), 'Scope', 'P?-data%')
    await hits('P1-datanode P2-datanode')
    const plain = page.locator('tbody tr.ant-table-row').nth((await page.locator('input[aria-label=Key]').evaluateAll(all => all.map(x => x.value))).indexOf('workerNum'))
    await hits('P1-datanode P2-datanode', plain, '.beaten')
    await fill(t, last(t), 'Scope', 'Q%')
    await t.shows(problem(t), 'no node matches')
    await fill(t, last(t), 'Scope', 'P3-%')
    await hits('P3-computenode')
    await t.shows(last(t).locator('[data-test=effect]'), 'restart')
    await t.shot('config-pattern')
  })
  await t.check('saved: what needs a restart is said, the file keeps its comments', async () => {
    const before = cfg()
    that(before.includes('# ') && before.includes('// '), 'the test wants comments in the file')
    await save(t)
    that(!/P1/.test(await t.shows('saved', 'P3-computenode')), 'P1 is to be restarted too')
    await t.shot('config-saved')
    that(cfg() === before + 'P3-%.workerNum=3\n', cfg())
    await page.reload()
    await t.shown('nodesConfig')
    await last(t).getByLabel('Value').fill('4')
    await save(t)
    that(cfg() === before + 'P3-%.workerNum=4\n', cfg())
    await last(t).getByRole('button', { name: 'Delete' }).click()
    await save(t)
    that(cfg() === before, cfg())
  })
  await t.check('what the server refuses is shown at the field', async () => {
    await t.by('add').click()
    await fill(t, last(t), 'Scope', 'P1-datanode')
    await fill(t, last(t), 'Key', 'memLimitOfQueryResult')
    await last(t).getByLabel('Value').fill('1.9')
    await t.by('save').click()
    await t.by('refusal').waitFor()
    await t.shows(problem(t), 'maxMemSize')
    await t.shot('config-refused')
    await page.getByRole('button', { name: 'Discard' }).click()
  })
  await t.check('the controller is configured', async () => {
    const before = readFileSync(`${config}/controller.cfg`, 'utf8')
    await t.go('controllerConfig')
    await t.by('add').click()
    await fill(t, last(t), 'Key', 'maxConnections')
    await last(t).getByLabel('Value').fill('500')
    await save(t)
    await t.shows('saved', 'head')
    that(readFileSync(`${config}/controller.cfg`, 'utf8') === before + 'maxConnections=500\n', 'another file')
    await last(t).getByRole('button', { name: 'Delete' }).click()
    await save(t)
    that(readFileSync(`${config}/controller.cfg`, 'utf8') === before, 'not as before')
  })
}

export async function membership(t, config) {
  const { page } = t
  await t.check('a node is added, started, stopped and removed by buttons', async () => {
    await cards(t)
    const host = (await address_of(t, 'P3-computenode')).split(':')[0]
    await t.go('nodesConfig/list')
    await t.by('add-node').click()
    const form = page.getByRole('dialog', { name: 'Add node' })
    await t.choose(form.getByLabel('Mode').first(), 'computenode')
    await form.getByLabel('Alias').fill('P3-second')
    await form.getByLabel('Host').fill(host)
    await form.getByLabel('Port').fill('70000')
    await t.by('node-ok').click()
    await t.by('problem-port').waitFor()
    await form.getByLabel('Port').fill('21003')
    await t.shot('node-add')
    await t.by('node-ok').click()
    await form.waitFor({ state: 'hidden' })
    await t.by('remove-P3-second').waitFor()
    that(readFileSync(`${config}/cluster.nodes`, 'utf8').includes(`${host}:21003:P3-second,computenode`), 'not in the file')
    await cards(t)
    await t.by('node-P3-second').waitFor()
    await press(t, 'start', ['P3-second'])
    await settle(t, 'Online', ['P3-second'])
    await press(t, 'stop', ['P3-second'])
    await settle(t, 'Offline', ['P3-second'])
    await t.go('nodesConfig/list')
    await t.by('remove-P3-second').click()
    await t.confirm('remove-yes')
    await t.until(async () => await t.by('remove-P3-second').count() === 0, 'gone from the list')
    that(!readFileSync(`${config}/cluster.nodes`, 'utf8').includes('P3-second'), 'still in the file')
    await cards(t)
    await t.until(async () => await t.by('node-P3-second').count() === 0, 'gone from the overview')
  })
  await t.check('a data node that runs or holds replicas is not removed', async () => {
    await t.go('nodesConfig/list')
    await t.by('remove-P2-datanode').click()
    await t.page.locator('[data-test=remove-yes]:visible').click()
    await page.locator('.ant-message-error', { hasText: 'is running' }).waitFor()
    await t.until(async () => await page.locator('[data-test=remove-yes]:visible').count() === 0, 'the question goes')
    that(readFileSync(`${config}/cluster.nodes`, 'utf8').includes('P2-datanode'), 'it is gone')
  })
}

export async function failures(t) {
  const { page } = t
  await t.check('a killed node is red within 10 s', async () => {
    await cards(t)
    const { pid } = await (await fetch(`http://${await address_of(t, 'P1-datanode')}/status`)).json()
    process.kill(pid, 'SIGKILL')
    const since = Date.now()
    await t.until(async () => await state(t, 'P1-datanode') === 'Offline', 'red', 10_000, true)
    console.log(`     red after ${((Date.now() - since) / 1000).toFixed(1)} s`)
    await t.shot('overview-killed')
    await press(t, 'start', ['P1-datanode'])
    await settle(t, 'Online')
  })
  await t.check('the error of a node that cannot start is shown, with a way to its log', async () => {
    const node = 'P2-datanode'  // a data node: it needs its volumes
    await t.go('nodesConfig')
    await t.by('add').click()
    await fill(t, last(t), 'Scope', node)
    await fill(t, last(t), 'Key', 'volumes')
    await last(t).getByLabel('Value').fill('/proc/nowhere')
    await save(t)
    await cards(t)
    await press(t, 'stop', [node])
    await settle(t, 'Offline', [node])
    await press(t, 'start', [node])
    await t.until(async () => await t.by('note-' + node).count() === 1, 'why it did not start', 30_000)
    await settle(t, 'Offline', [node])
    await t.shot('overview-failed-start')
    await t.by('node-' + node).getByRole('button', { name: 'Log' }).click()
    await t.shows('log', 'nowhere')
    await t.shot('log-failed-start')
    await t.go('nodesConfig')
    await last(t).getByRole('button', { name: 'Delete' }).click()
    await save(t)
    await cards(t)
    await press(t, 'start', [node])
    await settle(t, 'Online')
  })
}

export async function recovery(t) {
  const { page } = t
  await t.check('transactions and a copy of a chunk are shown', async () => {
    const head = await t.client()
    const chunk = await head.execute('exec first(chunkId) from getClusterChunksStatus() where file like "/testDB/20230108%"')
    await head.execute(`deleteReplicas("${chunk}", "P2-datanode")`)
    await t.go('recovery')
    const rows = by => t.by(by).locator('tr.ant-table-row')
    await t.until(async () => await rows('sheet-transactions').filter({ hasText: 'RECOVERY' }).filter({ hasText: 'COMPLETE' }).count() > 0, 'the removal, complete')
    that(await rows('sheet-transactions').filter({ hasText: 'ROLLBACK' }).count() === 0, 'a transaction stands as rolled back')
    await t.shot('recovery-transactions')
    await t.tab('Recovery')
    const copy = rows('sheet-copies').filter({ hasText: chunk })
    // The controller may bring the replica back by itself before the order does.
    if (!await copy.count()) await head.execute(`try { copyReplicas("P1-datanode", "P2-datanode", "${chunk}") } catch (ex) {}`)
    await t.until(async () => /Finished/.test(await copy.first().innerText()), 'the copy is finished', 60_000)
    const cells = (await copy.first().locator('td').allInnerTexts()).map(cell => cell.trim())
    that(cells[0] === '/testDB/20230108' && cells[2] === 'P1-datanode' && cells[3] === 'P2-datanode', cells.join(' | '))
    await t.shows('recovery-sum', '0 copies')
    await t.until(async () => Number(await head.execute(`exec first(replicaCount) from getClusterChunksStatus() where chunkId = "${chunk}"`)) === 2, 'two replicas')
    head.disconnect()
    await page.getByLabel('Filter').fill('no such chunk')
    await t.until(async () => await copy.count() === 0 && (await t.by('sheet-copies').innerText()).includes('No copies yet'), 'the filter hides it')
    await page.getByLabel('Filter').fill('')
    await copy.first().waitFor()
    await t.shot('recovery-copies')
    await t.tab('Unresolved')
    await t.by('sheet-doubts').getByText('Nothing is in doubt').waitFor()
  })
}
