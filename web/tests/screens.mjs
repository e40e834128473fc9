// Every screen in both themes, both widths and both languages: screenshots, axe-core, the keyboard.
import { that } from './harness.mjs'

const single = ['overview', 'shell', 'files', 'jobs', 'recovery', 'logs']
const cluster = ['overview', 'overview:Table', 'overview:Picture', 'shell', 'controllerConfig', 'nodesConfig', 'nodesConfig/list', 'files', 'jobs', 'recovery', 'logs']

async function show(t, screen) {
  const [place, view] = screen.split(':')
  await t.go(place)
  if (place === 'overview') await t.page.locator('.page .ant-segmented-item', { hasText: view ?? 'Cards' }).click()
  await t.page.waitForTimeout(350)
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
    return window.wanted.filter(element => element.isConnected && !window.reached.has(element) && !groups.has(group(element)) && element.tabIndex !== -1 || 
        element.isConnected && element.tabIndex === -1 && !groups.has(group(element)) && element.matches('button, a[href]') && !element.closest('.ant-input-search-button, .ant-tabs-nav-operations, .ant-tree'))
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
    await t.until(async () => (await t.by('value').innerText()).includes('42'), 'the result')
    await t.page.locator('.ant-menu-root').focus()
    await t.page.keyboard.press('ArrowDown')
    for (let i = 0; i < 12 && !/jobs/.test(t.page.url()); i++) {
      await t.page.keyboard.press('ArrowDown')
      await t.page.keyboard.press('Enter')
      await t.page.waitForTimeout(200)  // for the screen that was chosen, or for none when it is this one
    }
    that(/#jobs/.test(t.page.url()), t.page.url())
  })
}

export async function screens(t, config) {
  const { page } = t, list = config ? cluster : single
  for (const theme of ['light', 'dark']) {
    if (theme === 'dark') await t.by('look').click()
    for (const screen of list) {
      await t.check(`${screen}, ${theme}, without an error`, async () => {
        await show(t, screen)
        const alerts = await page.locator('.ant-alert-error').allInnerTexts()
        that(!alerts.length, alerts.join(' | '))
        await page.setViewportSize({ width: 1024, height: 768 })
        await page.waitForTimeout(250)
        that(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'wider than the window at 1024 px')
        await t.shot(`${file_name(screen)}-${theme}-1024`)
        await page.setViewportSize({ width: 1440, height: 900 })
        await page.waitForTimeout(150)
        await t.shot(`${file_name(screen)}-${theme}-1440`)
      })
      await t.accessible(`${screen}, ${theme}`)
    }
  }
  await t.by('look').click()
}

export async function chinese(t, config) {
  const { page } = t
  await t.check('every text of every screen has its Chinese', async () => {
    await t.language('中文')
    await page.getByText('集群总览').first().waitFor({ state: 'attached' })
    for (const screen of config ? cluster : single) {
      const [place] = screen.split(':')
      await t.go(place)
      await page.waitForTimeout(250)
      await t.shot(`${file_name(screen)}-chinese`)
    }
    const missing = await page.evaluate(() => [...window.untranslated])
    await t.language('EN')
    that(!missing.length, missing.join(' | '))
  })
}
