// The interactive screen of a single node.
import { readFileSync } from 'node:fs'
import { that } from './harness.mjs'

const make_database = 'if (existsDatabase("dfs://console_test")) dropDatabase("dfs://console_test")\ndb = database("dfs://console_test", VALUE, 2024.01.01..2024.01.03)\n' +
  'p = db.createPartitionedTable(table(1:0, `day`sym`qty, [DATE, SYMBOL, LONG]), `trades, `day)\np.append!(table(take(2024.01.01..2024.01.03, 30) as day, take(`a`b, 30) as sym, long(1..30) as qty))'

async function results(t) {
  const { page } = t
  await t.check('a select stays on the server and is paged', async () => {
    await t.run('n = 1210000\nt = table(1..n as id, rand(100.0, n) as price)\nselect * from t')
    await t.shows('rows', '1,210,000')
    await page.locator('.ant-pagination-item').last().click()
    await t.shows('grid', '1210000')
    await t.shot('shell-million')
  })
  await t.check('the selection runs alone, its error line counts from the top', async () => {
    await t.write('bad(1)\nx = 5\nworse(2)')
    await page.keyboard.press('Control+End')
    await page.keyboard.press('Shift+Home')
    await t.by('run-selection').click()
    await t.shows('failure', 'worse')
    await t.shows(page.locator('.cm-error-line'), 'worse')
  })
  await t.check('printed output', async () => {
    await t.run('print("hello & <b>bold</b>")\nprint(1..3)')
    await t.shows('output', '<b>bold</b>')
    await t.shot('shell-output')
  })
  await t.check('an error is shown and its line marked', async () => {
    await t.run('a = 1\nb = 2\nnoSuchFunction(3)\nc = 4')
    await t.shows('failure', 'noSuchFunction')
    await t.shows(page.locator('.cm-error-line'), 'noSuchFunction')
    await t.shot('shell-error')
  })
  await t.check('CSV export', async () => {
    await t.run('select id, string(id) + "," as s from t where id <= 3')
    const [file] = await Promise.all([page.waitForEvent('download'), t.by('csv').click()])
    const text = readFileSync(await file.path(), 'utf8').replace('\ufeff', '')
    that(text === 'id,s\n1,"1,"\n2,"2,"\n3,"3,"\n', JSON.stringify(text))
  })
}

async function editing(t) {
  const { page } = t
  await t.check('highlighting and completion', async () => {
    await t.write('select * from t where id > wav')
    await t.until(async () => await page.locator('.cm-line span').count() > 1, 'coloured words')
    await page.keyboard.press('Control+Space')
    await t.shows(page.locator('.cm-tooltip-autocomplete'), 'wavg')
    await t.shot('shell-completion')
    await page.keyboard.press('Escape')
    await t.language('中文')
    await t.write('mean(')
    await page.locator('.cm-tooltip', { hasText: '平均值' }).first().waitFor()
    await page.keyboard.press('Control+f')
    await page.locator('.cm-search input[name=search]').waitFor()
    await t.shot('shell-search-chinese')
    await page.keyboard.press('Escape')
    await t.language('EN')
  })
  await t.check('signature help', async () => {
    await t.write('wavg(')
    await page.locator('.cm-tooltip', { hasText: 'wavg(' }).first().waitFor()
  })
  await t.check('the script survives a reload', async () => {
    await t.write('// kept text\n1 + 1')
    await page.reload()
    await t.shows(page.locator('.cm-content'), 'kept text')
  })
}

async function forms(t) {
  const { page } = t
  await t.check('matrix, dictionary, set, tuple, pair and nulls are shown as such', async () => {
    const cases = [['m = rename!(1 2 3 4$2:2, `r1`r2, `left`right)\nm', /left[\s\S]*right[\s\S]*r1\s+1\s+3\s+\d*\s*r2\s+2\s+4/], ['dict(`a`b, 10 20)', /key[\s\S]*value(?=[\s\S]*a\s+10)(?=[\s\S]*b\s+20)/], ['set(4 5)', /value(?=[\s\S]*\s4)(?=[\s\S]*\s5)/],
      ['(1, `x`y, 2024.01.02, dict(`k`k, 1 1), NULL)', /int\s+1[\s\S]*\[x, y\][\s\S]*2024\.01\.02[\s\S]*k: 1[\s\S]*null/], ['table(1 NULL 3 as n, `a`b`c as s, [true, false, NULL] as f)', /1\s+a\s+true[\s\S]*null\s+b\s+false[\s\S]*3\s+c\s+null/]]
    for (const [code, wanted] of cases) {
      await t.succeeds(code)
      await t.shows('grid', wanted)
    }
    await t.run('1:5')
    await t.shows('value', '1 : 5')
    await t.shot('shell-forms')
  })
  await t.check('a long text is cut, and shown whole by a click', async () => {
    await t.run('select repeat("long ", 400) as s from table(1..2 as i)')
    await t.by('grid').locator('button.long').first().click()
    await t.shows(page.locator('.ant-modal .whole'), /[^]{1999}/)
    await page.keyboard.press('Escape')
    await page.locator('.ant-modal .whole').waitFor({ state: 'hidden' })
  })
  await t.check('a very wide table is shown in pages of columns', async () => {
    await t.run('w = table(1..3 as c0)\nfor (i in 1..249) w["c" + string(i)] = 1..3 * i\nselect * from w')
    await t.shows('columns', '1 – 100 / 250')
    await page.getByLabel('Columns after').click()
    await page.getByLabel('Columns after').click()
    await t.shows('columns', '201 – 250')
    await t.shows('grid', 'c249')
    await t.shot('shell-wide')
  })
  await t.check('a chart of plot() is drawn at once', async () => {
    await t.succeeds('plot([1..50 * 1..50, 1..50 * 20], , ["squares", "n", "value"])')
    await t.drawn(0.0005)
    await t.shot('plot-chart')
    await t.tab('Result')
  })
}

async function left_side(t) {
  const { page } = t
  await t.check('variables with type, form, size and memory; a click shows a page', async () => {
    await t.run('v = rand(10.0, 250000)\nm = matrix(1 2 3, 4 5 6)\nd = dict(`a`b, 1 2)\nt = table(1..1210000 as id)\ns = "one"')
    await t.shows('var-t', '1,210,000 × 1')
    for (const name of ['v', 'm', 'd', 's']) await t.by('var-' + name).waitFor()
    const cells = async name => (await t.by('var-' + name).innerText()).split(/\n+/).map(x => x.trim()).filter(Boolean)
    const [table, vector] = [await cells('t'), await cells('v')]
    that(/1,210,000 × 1/.test(table[1]) && /table/.test(table[2]) && /\d (KB|MB)/.test(table[3]), table.join(' | '))
    that(vector[1] === '250,000' && /vector.*DOUBLE/.test(vector[2]) && vector[3] === '1.9 MB', vector.join(' | '))
    await t.shot('shell-variables')
    await t.by('var-t').click()
    await t.tab('Result')
    await t.shows('rows', '1,210,000')
    await t.by('var-v').click()
    await t.shows('rows', '250,000')
    await t.until(async () => await t.by('grid').locator('tbody tr').count() === 100, 'a page of it, and no more')
    await page.locator('.ant-pagination-item').last().click()
    await t.shows('grid', '249999')
    await t.by('var-s').click()
    await t.shows('value', 'one')
  })
  await t.check('databases > tables > columns and partitions', async () => {
    await t.succeeds(make_database)
    const tree = t.by('databases')
    await t.unfold('console_test')
    await tree.getByText('trades').click()
    await t.tab('Result')
    await t.shows('rows', /^30 /)
    await t.unfold('trades')
    await t.shows(tree.locator('.ant-tree-treenode', { hasText: 'qty' }), 'LONG')
    await t.unfold('Partitions')
    await t.shows(tree.locator('.ant-tree-treenode', { hasText: '20240102' }), /\b10\b/)
    await tree.getByText('20240102').click()
    await t.shows('rows', /^10 /)
    that(!(await t.shows('grid', '2024.01.02')).includes('2024.01.01'), 'rows of another one')
    await t.shot('shell-database')
    await t.run('pt = loadTable("dfs://console_test", "trades")\npt')
    await t.shows('rows', /^30 /)
  })
}

async function many_partitions(t) {
  const { page } = t
  await t.check('a database of 450 partitions is read in pages, in the tree and in the file system', async () => {
    await t.succeeds('if (existsDatabase("dfs://console_test")) dropDatabase("dfs://console_test")\nif (existsDatabase("dfs://many_parts")) dropDatabase("dfs://many_parts")\ndb = database("dfs://many_parts", VALUE, 1..450)\n' +
      'p = db.createPartitionedTable(table(1:0, `k`v, [INT, INT]), `t, `k)\np.append!(table(1..450 as k, 1..450 as v))', 120_000)
    const tree = t.by('databases')
    for (const name of ['many_parts', /^t$/, 'Partitions']) await t.unfold(name)
    const wheel = async () => { await tree.locator('.fill').hover(); for (let i = 0; i < 8; i++) await page.mouse.wheel(0, 2000) }
    for (const _ of [1, 2]) {
      await t.until(async () => { await wheel(); return await tree.getByText('Show more').count() === 1 }, 'another page')
      await tree.getByText('Show more').click()
      await t.until(async () => await tree.getByText('Show more').count() === 0, 'the page, and below all of it the way to the next one')
    }
    await t.until(async () => { await wheel(); return await tree.locator('.ant-tree-treenode', { hasText: /^99/ }).count() === 1 && await tree.getByText('Show more').count() === 0 }, 'the last page')
    await t.go('files')
    const level = n => page.locator(`.ant-table-row-level-${n}`)
    await level(0).filter({ hasText: 'many_parts' }).locator('.ant-table-row-expand-icon').click()
    await t.until(async () => await level(1).count() === 201, 'a page and a way to the next one')
    await t.by('more').click()
    await t.until(async () => await level(1).count() === 401, 'two pages')
    await t.by('more').click()
    await t.until(async () => await level(1).count() === 450 && await t.by('more').count() === 0, 'all of it')
    await page.getByLabel('Filter').fill('many/44')
    await level(0).filter({ hasText: 'many_parts' }).locator('.ant-table-row-expand-icon').click()
    await t.until(async () => (await level(1).allInnerTexts()).map(x => x.trim().split(/\s/)[0]).join() === '44,144,244,344,440,441,442,443,444,445,446,447,448,449', 'those with 44')
    await t.shot('files-filter')
    await t.go('shell')
    await t.run('dropDatabase("dfs://many_parts")')
  })
}

async function plots(t) {
  const { page } = t
  const choose = async kind => {
    await t.choose(page.locator('.results .ant-select').first(), kind)
    await t.shows(page.locator('.results .ant-select').first(), kind)
  }
  await t.check('plots: line, bar, scatter', async () => {
    await t.run('n = 200\nt = table(1..n as id, 50 + cumsum(rand(2.0, n) - 1) as price, 40 + cumsum(rand(2.0, n) - 1) as ask)\nselect id, price, ask from t')
    await t.tab('Plot')
    await t.drawn(0.001)
    const seen = new Set()
    for (const kind of ['Line', 'Bar', 'Scatter']) {
      await choose(kind)
      await t.until(async () => !seen.has(await t.ink()), `another picture as ${kind}`)
      seen.add(await t.drawn(0.001))
      await t.shot('plot-' + kind.toLowerCase())
    }
    that(seen.size === 3, [...seen].join(' '))
  })
  await t.check('a candlestick for OHLC', async () => {
    await t.run('n = 60\nclose = 100 + cumsum(rand(2.0, n) - 1)\nopen = close - rand(2.0, n) + 1\nk = table(2024.01.01 + 0..(n-1) as date, open, max(open, close) + 1 as high, min(open, close) - 1 as low, close)\nselect * from k')
    await t.shows(page.locator('.results'), 'Candlestick')
    await t.still()
    await t.drawn(0.002)
    await t.shot('plot-candlestick')
    await t.tab('Result')
  })
}

async function long_jobs(t) {
  const { page } = t
  const admin = await t.client(), clients = await Promise.all([1, 2, 3, 4, 5, 6].map(() => t.client()))
  const jobs = async which => {
    const found = await admin.invoke('getConsoleJobs', [], { urgent: true })
    return (found.data ?? found).filter(job => which.test(job.desc))
  }
  const listed = (count, which) => t.until(async () => (await jobs(which)).length === count, `${count} jobs like ${which}`)
  const endless = 'i = 0\ndo { i += 1 } while (true)'
  await t.check('an endless loop is interrupted', async () => {
    await t.write(endless)
    await t.by('run').click()
    await listed(1, /^i = 0/)
    await t.by('interrupt').click()
    await t.idle(10_000)
    await t.shows('failure', 'cancel')
  })
  await t.check('a running job is listed and cancelled, then stands among the recent ones', async () => {
    await t.write(endless + ' // mine')
    await t.by('run').click()
    await t.go('jobs')
    const row = t.by('sheet-running').locator('tr.ant-table-row', { hasText: 'mine' })
    await row.first().waitFor()
    await t.shot('jobs-running')
    await row.first().getByRole('button', { name: 'Cancel' }).click()
    await t.confirm('cancel-yes')
    await t.until(async () => await row.count() === 0, 'the job is gone')
    await t.tab('Recent')
    await t.shows(t.by('sheet-recent').locator('tr.ant-table-row', { hasText: 'mine' }).first(), /failed[\s\S]*cancelled/)
    await t.shot('jobs-recent')
    await t.go('shell')
    await t.idle()
  })
  await t.check('jobs that wait for a worker are queued; one is cancelled there', async () => {
    const ends = clients.map((client, i) => client.eval(`do { x = ${i} } while (true) // hog ${i}`).then(() => 'ended', error => error.message))
    await t.go('jobs')
    await t.tab('Queued')
    const queued = t.by('sheet-queued').locator('tr.ant-table-row', { hasText: 'hog' })
    await t.until(async () => await queued.count() === 4, 'four of six wait for one of two workers')
    await t.shot('jobs-queued')
    await queued.first().getByRole('button', { name: 'Cancel' }).click()
    await t.confirm('cancel-yes')
    await t.until(async () => await queued.count() === 3, 'one less')
    for (let left = await jobs(/hog/); left.length; left = await jobs(/hog/)) await admin.invoke('cancelConsoleJob', [left.map(job => job.rootJobId)], { urgent: true })
    const texts = await Promise.all(ends)
    that(texts.every(text => /cancelled/.test(text)), texts.join(' | '))
    await t.shows('sheet-queued', 'Nothing waits')
    await t.go('shell')
  })
  for (const client of [...clients, admin]) client.disconnect()  // which ends their jobs, should the check have failed
}

export async function interactive(t) {
  await t.go('shell')
  await results(t)
  await plots(t)
  await forms(t)
  await left_side(t)
  await many_partitions(t)
  await long_jobs(t)
  await editing(t)
}
