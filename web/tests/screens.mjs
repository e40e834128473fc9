// Every screen in both themes, both widths and both languages: screenshots, axe-core, the keyboard.
import { that } from './harness.mjs'

const single = ['overview', 'shell', 'files', 'jobs', 'recovery', 'logs']
const cluster = ['overview', 'overview:Table', 'overview:Picture', 'shell', 'controllerConfig', 'nodesConfig', 'nodesConfig/list', 'files', 'jobs', 'recovery', 'logs']

async function show(t, screen) {
  const [place, view] = screen.split(':')
  await t.go(place)
  if (place === 'overview') await t.view(view ?? 'Cards')
}

const file_name = screen => screen.replace(/\W/g, '-').toLowerCase()

/** What a person can act on with the mouse but has not been reached by Tab, as short descriptions. */
async function unreachable(t, limit = 160) {
  await t.page.evaluate(() => {
    document.activeElement?.blur()
    const visible = element => { const box = element.getBoundingClientRect(); return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== 'hidden' }
    const wanted = 'button, a[href], input, textarea, select, [role=tab], [role=button], [role=combobox], [contenteditable=true]'
    window.wanted = [...document.querySelectorAll(wanted)].filter(element => visible(element) && !element.disabled && !element.closest('[aria-hidden=true]'))
    window.reached = new Set()
  })
  // Tab begins where the last click was, so one whole round passes the end of the page once.
  for (let i = 0, again = 0; i < limit && again < 3; i++) {
    await t.page.keyboard.press('Tab')
    again += await t.page.evaluate(() => {
      const at = document.activeElement
      if (!at || at === document.body) return 0
      const known = window.reached.has(at)
      window.reached.add(at)
      return known ? 1 : 0
    })
    // In the editor Tab indents; Escape and Tab leave it.
    if (await t.page.evaluate(() => document.activeElement?.classList.contains('cm-content'))) await t.page.keyboard.press('Escape')
  }
  return t.page.evaluate(() => {
    // Of a group with arrow keys one member is reached: tabs, radio buttons.
    const group = element => element.closest('[role=tablist]') ?? (element.type === 'radio' ? element.closest('[role=radiogroup], .ant-segmented') : null)
    const groups = new Set([...window.reached].map(group).filter(Boolean))
    // The live screen may have taken away or locked what it offered at first.
    return window.wanted.filter(element => element.isConnected && !element.disabled).filter(element => !window.reached.has(element) && !groups.has(group(element)) && element.tabIndex !== -1 ||
        element.tabIndex === -1 && !groups.has(group(element)) && element.matches('button, a[href]') && !element.closest('.ant-input-search-button, .ant-tabs-nav-operations, .ant-tree'))
      .map(element => `${element.tagName.toLowerCase()} ${(element.ariaLabel || element.innerText || element.className).slice(0, 40)}`)
  })
}

export async function keyboard(t, config) {
  for (const screen of config ? cluster : single)
    await t.check(`keyboard: every control of ${screen} is reached by Tab`, async () => {
      await show(t, screen)
      const missed = await unreachable(t)
      that(!missed.length, missed.join(' | '))
    })
  await t.check('keyboard: a script is written and run, a screen is chosen, without a mouse', async () => {
    await t.go('shell')
    await t.page.locator('.cm-content').focus()
    await t.page.keyboard.press('Control+a')
    await t.page.keyboard.type('6 * 7')
    await t.page.keyboard.press('Control+Enter')
    await t.shows('value', '42')
    const { keyboard } = t.page, items = await t.page.locator('.ant-menu-root [role=menuitem]').allInnerTexts()
    const focused = () => t.page.evaluate(() => document.activeElement?.closest('[role=menuitem]')?.innerText ?? 'no item')
    await t.page.locator('.ant-menu-root').focus()
    await keyboard.press('ArrowDown')
    that(await focused() === 'Interactive', `the first key leads to ${await focused()}, not to the screen that is shown`)
    const round = []
    for (const _ of items) { await keyboard.press('ArrowDown'); round.push(await focused()) }
    that([...round.slice(-2), ...round.slice(0, -2)].join() === items.join(), `one round: ${round.join()}`)
    while (await focused() !== 'Jobs') await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    await t.shown('jobs')
    // Keys that come faster than the page is drawn lead where they say.
    await Promise.all(['ArrowDown', 'ArrowDown', 'Enter'].map(key => keyboard.press(key)))
    await t.shown('logs')
    await Promise.all(['Home', 'Enter'].map(key => keyboard.press(key)))
    await t.shown('overview')
  })
}

export async function screens(t, config) {
  const { page } = t, list = config ? cluster : single
  for (const theme of ['light', 'dark']) {
    await t.check(`everything in ${theme}`, async () => {
      if (theme === 'dark') await t.by('look').click()
      await page.locator(`.ant-app.${theme}`).waitFor()
    })
    for (const screen of list) {
      await t.check(`${screen}, ${theme}, without an error`, async () => {
        await show(t, screen)
        const alerts = await page.locator('.ant-alert-error').allInnerTexts()
        that(!alerts.length, alerts.join(' | '))
        await page.setViewportSize({ width: 1024, height: 768 })
        await page.locator('.ant-layout-sider-collapsed').waitFor()
        await t.until(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no wider than the window at 1024 px')
        await t.still()
        await t.shot(`${file_name(screen)}-${theme}-1024`)
        await page.setViewportSize({ width: 1440, height: 900 })
        await page.locator('.ant-layout-sider:not(.ant-layout-sider-collapsed)').waitFor()
        await t.still()
        await t.shot(`${file_name(screen)}-${theme}-1440`)
      })
      await t.accessible(`${screen}, ${theme}`)
    }
  }
  await t.check('light again', async () => {
    await t.by('look').click()
    await page.locator('.ant-app.light').waitFor()
  })
}

export async function chinese(t, config) {
  const { page } = t
  await t.check('every text of every screen has its Chinese', async () => {
    await t.language('中文')
    await page.getByText('集群总览').first().waitFor({ state: 'attached' })
    for (const screen of config ? cluster : single) {
      const [place] = screen.split(':')
      await t.go(place)
      await t.shot(`${file_name(screen)}-chinese`)
    }
    const missing = await page.evaluate(() => [...window.untranslated])
    await t.language('EN')
    that(!missing.length, missing.join(' | '))
  })
}
