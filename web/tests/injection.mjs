// Markup in names, data, errors, output and log lines must stay text. An alert would be noted as a dialog.
import { appendFileSync } from 'node:fs'
import { that } from './harness.mjs'

const image = mark => `<img src=x onerror=alert('${mark}')>`
const script = mark => `<script>alert('${mark}')</script>`

/** No element came of any of the texts, wherever they are shown. */
async function only_text(t, where) {
  that(await t.page.locator('img[src=x], script:not([src])').count() === 0, 'an element came of a text: ' + where)
}

export async function injection(t) {
  const { page } = t
  await t.go('shell')
  await t.check('markup in data and column names stays text', async () => {
    await t.run(`x = table(["${image('cell')}", "${script('cell')}"] as a, 1 2 as b)\nx.rename!(\`b, "${image('column')}")\nselect * from x`)
    await t.shows('grid', /onerror=alert\('cell'\)[\s\S]*<script>/)
    await t.shows(t.by('grid').locator('thead'), "onerror=alert('column')")
    await only_text(t, 'grid')
    await t.tab('Plot')
    await page.locator('[data-test=plot] canvas').waitFor()
    await page.locator('[data-test=plot] canvas').hover()
    await only_text(t, 'plot')
    await t.tab('Result')
  })
  await t.check('markup in printed output and errors stays text', async () => {
    await t.run(`print("${image('output')}")\nprint("${script('output')}")`)
    await t.shows('output', /onerror=alert\('output'\)[\s\S]*<script>/)
    await only_text(t, 'output')
    await t.run(`throw "${image('error')} ${script('error')}"`)
    await t.shows('failure', "onerror=alert('error')")
    await only_text(t, 'failure')
  })
  await t.check('markup in names of databases, tables and variables is refused or stays text', async () => {
    const client = await t.client()
    const refused = new Map()
    for (const [what, code] of [
      ['database', `database("dfs://${image('database')}", VALUE, 1..2)`],
      ['table', `if (existsDatabase("dfs://inject")) dropDatabase("dfs://inject")\ndatabase("dfs://inject", VALUE, 1..2).createPartitionedTable(table(1:0, \`k\`v, [INT, INT]), "${image('table')}", \`k).append!(table(1 2 as k, 3 4 as v))`],
      ['column', `database("dfs://inject").createPartitionedTable(table(1:0, ["k", "${image('field')}"], [INT, INT]), "columns", \`k)`]])
      refused.set(what, await client.eval(code).then(() => '', error => error.message.split('\n')[0]))
    for (const [what, why] of refused) console.log(`     ${what} ${why ? 'refused: ' + why.slice(0, 90) : 'taken'}`)
    await page.locator('.databases').getByRole('button', { name: 'Refresh' }).click()
    await t.by('databases').getByText('inject', { exact: true }).waitFor()
    await t.unfold(/^inject$/)
    if (!refused.get('column')) {
      await t.unfold(/^columns$/)
      await t.by('databases').getByText("onerror=alert('field')").waitFor()
    }
    if (!refused.get('table')) await t.unfold("onerror=alert('table')")
    if (!refused.get('database')) await t.by('databases').getByText("onerror=alert('database')").waitFor()
    await t.shot('injection-tree')
    await only_text(t, 'tree')
    await t.go('files')
    const row = level => page.locator(`.ant-table-row-level-${level}`)
    await row(0).filter({ hasText: /inject/ }).locator('.ant-table-row-expand-icon').click()
    await row(1).first().waitFor()
    await row(1).first().locator('.ant-table-row-expand-icon').click()
    await row(2).first().waitFor()
    if (!refused.get('table')) await row(2).filter({ hasText: "onerror=alert('table')" }).first().waitFor()
    await only_text(t, 'files')
    for (const name of ['inject', image('database')]) await client.eval(`if (existsDatabase("dfs://${name}")) dropDatabase("dfs://${name}")`)
    client.disconnect()
  })
  await t.check('markup in job descriptions and their errors stays text', async () => {
    const client = await t.client()
    await client.eval(`throw "${image('job')}"`).catch(() => {})
    client.disconnect()
    await t.go('jobs')
    await t.tab('Recent')
    await t.shows('sheet-recent', "onerror=alert('job')")
    await only_text(t, 'jobs')
  })
}

/** On a controller: aliases and log lines. `log` is the file of its log. */
export async function cluster_injection(t, log) {
  const { page } = t
  await t.check('markup in aliases is refused, by the form and by the server', async () => {
    await t.go('nodesConfig/list')
    await t.by('add-node').click()
    const form = page.getByRole('dialog', { name: 'Add node' })
    await form.getByLabel('Alias').fill(image('alias'))
    await form.getByLabel('Port').fill('21999')
    await t.by('node-ok').click()
    await t.by('problem-alias').waitFor()
    await t.shot('node-refused')
    await page.keyboard.press('Escape')
    await form.waitFor({ state: 'hidden' })
    const client = await t.client()
    const lines = await client.invoke('getClusterNodesCfg')
    const answer = await client.invoke('saveClusterNodes', [[...lines, `127.0.0.1:21999:${image('alias')},datanode`]]).then(() => 'taken', error => error.message)
    client.disconnect()
    that(answer !== 'taken', 'the server took it')
    await only_text(t, 'aliases')
  })
  await t.check('markup in log lines stays text', async () => {
    appendFileSync(log, `2026-01-01 00:00:00.000000 <ERROR> :${image('line')} ${script('line')}\n`)
    await t.go('logs')
    await t.shows('log', /onerror=alert\('line'\)[\s\S]*<script>/)
    await only_text(t, 'log')
  })
}
