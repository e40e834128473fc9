// Chapter 1, steps 5 and 6 of the deployment tutorial, carried out in the browser: the database on the data node, queries on
// the compute node. Step 4 is overview(), chapter 2 is settings().
import { readFileSync } from 'node:fs'
import { cards } from './cluster.mjs'
import { that } from './harness.mjs'

const text = name => readFileSync(new URL(`../../deploy/tutorial/${name}.dos`, import.meta.url), 'utf8')

/** Opens the console of a node by clicking on its card, and logs in there. */
async function open_node(t, name) {
  await cards(t)
  const [popup] = await Promise.all([t.context.waitForEvent('page'), t.by('node-' + name).getByRole('link', { name }).click()])
  await popup.waitForLoadState()
  t.hosts.add(new URL(popup.url()).host)
  t.watch(popup)
  const there = t.on(popup)
  await there.login()
  that(await there.text_of('node') === name, 'another node')
  return there
}

export async function tutorial(t) {
  let data, compute
  await t.check('step 5: the data node’s console is opened by a click', async () => { data = await open_node(t, 'P1-datanode') })
  await t.check('step 5: the database and its table are made', async () => {
    await data.succeeds(text('create'))
    await data.by('databases').getByText('testDB').waitFor()
  })
  await t.check('step 5: 1,210,000 rows are written; variables and columns are seen', async () => {
    await data.succeeds(text('load'), 120_000)
    await data.shows('var-t', /1,210,000 × 9/)
    await data.unfold('testDB')
    await data.unfold('testTB')
    await data.by('databases').getByText('LastPx').waitFor()
    await data.unfold('Partitions')
    await data.by('databases').getByText('20230108').waitFor()
    await data.by('var-t').click()
    await data.shows('rows', '1,210,000')
    await data.shot('tutorial-datanode')
  })
  await t.check('step 6: the compute node counts the rows of each day', async () => {
    compute = await open_node(t, 'P3-computenode')
    await compute.succeeds(`${text('count')}`, 60_000)
    await compute.shows('grid', /2023\.01\.08\s+1210000/)
    await compute.shot('tutorial-count')
  })
  await t.check('step 6: OHLC of 5000 securities, paged; a candlestick', async () => {
    await compute.succeeds(text('ohlc') + 'result', 60_000)
    await compute.shows('rows', '5,000')
    await compute.succeeds('select * from result where SecurityID < "000060"')
    await compute.tab('Plot')
    await compute.shows(compute.page.locator('.results'), 'Candlestick')
    await compute.page.locator('[data-test=plot] canvas').waitFor()
    await compute.drawn(0.002)
    await compute.shot('tutorial-candlestick')
    await compute.tab('Result')
  })
  await t.check('1,210,000 rows of the table are paged to the last one', async () => {
    await compute.succeeds('select * from pt', 60_000)
    await compute.shows('rows', '1,210,000')
    await compute.page.locator('.ant-pagination-item').last().click()
    await compute.shows('grid', '1209999')
    await compute.shot('tutorial-million')
  })
  await data?.page.close()
  await compute?.page.close()
}
