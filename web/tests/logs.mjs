// The log screen: pages, filter, level, following.
import { appendFileSync, statSync } from 'node:fs'
import { that } from './harness.mjs'

const page_bytes = 64 * 1024

/** `log` is the file of the controller's log, to which lines are added from here. */
export async function logs(t, log) {
  const { page } = t
  const note = text => appendFileSync(log, `2026-01-01 00:00:00.000000 <INFO> :${text}\n`)
  await t.check('the log is followed', async () => {
    await t.go('logs')
    await t.shows('log', '<INFO>')
    note('seen while following')
    await t.shows('log', 'seen while following', 8000)
    await page.getByLabel('Follow').click()
    await t.shown('logs')  // the last look is over
    note('not seen yet')
    await page.waitForTimeout(3000)  // longer than from one look to the next
    that(!(await t.text_of('log')).includes('not seen yet'), 'it follows still')
    await page.getByRole('button', { name: 'Refresh' }).click()
    await t.shows('log', 'not seen yet')
    await page.getByLabel('Follow').click()
  })
  await t.check('the log is filtered by text and level', async () => {
    await page.getByLabel('Filter').fill('SEEN while')
    await t.until(async () => (await t.by('log').locator('div').count()) === 1, 'one line')
    await page.getByLabel('Filter').fill('')
    await t.choose(page.getByLabel('Level').first(), 'WARNING')
    await t.until(async () => { const lines = (await t.text_of('log')).split('\n'); return lines.length > 0 && lines.every(line => line.includes('<WARNING>')) }, 'warnings only')
    await t.shot('logs-warnings')
    await t.choose(page.getByLabel('Level').first(), 'all')
  })
  await t.check('the log is paged', async () => {
    for (let i = 0; i < 3000; i++) note(`filling line ${i} with a text of some length, so that there are pages`)
    const length = statSync(log).size
    that(length > 3 * page_bytes, 'too short: ' + length)
    await page.getByRole('button', { name: 'Refresh' }).click()
    await t.shows('log', 'filling line 2999')
    that(!(await t.text_of('log')).includes('filling line 100 '), 'all of it was fetched')
    const seen = new Set()
    for (let i = 0; i < Math.ceil(length / page_bytes) + 1 && !await page.getByRole('button', { name: 'Older' }).isDisabled(); i++) {
      const before = await t.text_of('log')
      for (const [, line] of before.matchAll(/filling line (\d+) /g)) seen.add(line)
      await page.getByRole('button', { name: 'Older' }).click()
      await t.until(async () => await t.text_of('log') !== before, 'an older page')
      await t.shown('logs')
    }
    for (const [, line] of (await t.text_of('log')).matchAll(/filling line (\d+) /g)) seen.add(line)
    await t.shot('logs-oldest')
    that(seen.size > 2990, `${seen.size} of 3000 lines seen`)
    await page.getByRole('button', { name: 'Newest' }).click()
    await t.shows('log', 'filling line 2999')
  })
}
