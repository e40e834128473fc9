// What all parts of the browser test use: a Chromium, one page, named checks, waiting, axe-core.
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

const shots = process.env.CONSOLE_SHOTS ?? '/tmp/console-shots'
mkdirSync(shots, { recursive: true })
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** CONSOLE_PATIENCE: how many times longer than on a quiet machine everything may take. */
const patience = Number(process.env.CONSOLE_PATIENCE ?? 1)

/** CONSOLE_SLOW, CONSOLE_LATENCY: how many times slower each page's processor is made, and the milliseconds added to each of its requests. */
const slower = Number(process.env.CONSOLE_SLOW ?? 1), latency = Number(process.env.CONSOLE_LATENCY ?? 0)

async function hamper(page) {
  const cdp = await page.context().newCDPSession(page)
  if (slower > 1) await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower })
  if (!latency) return
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency, downloadThroughput: -1, uploadThroughput: -1 })
}

export const that = (truth, text) => { if (!truth) throw new Error(text) }

/** Runs in the page: keeps the messages that fade away, for the report of a check that failed. */
function remember() {
  window.told = []
  const look = records => records.flatMap(record => [...record.addedNodes]).forEach(node => {
    if (node.querySelector?.('.ant-message-notice-content')) window.told.push(`${new Date().toISOString().slice(11, 23)} ${node.innerText}`)
  })
  document.addEventListener('DOMContentLoaded', () => new MutationObserver(look).observe(document.body, { childList: true, subtree: true }))
}

/** A page at `base` of a node; `prefix` goes before the names of its screenshots. Requests to hosts outside `hosts` are problems. */
export async function open(base, prefix) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', colorScheme: 'light', reducedMotion: 'reduce' })  // a click on what still moves may miss it
  await context.addInitScript(remember)
  if (slower > 1 || latency) context.on('page', page => hamper(page).catch(() => {}))  // a page may be closed by then
  const tester = new Tester(base, prefix, browser, context, await context.newPage())
  tester.watch(tester.page)
  return tester
}

export class Tester {
  done = 0
  failed = 0
  problems = []
  hosts = new Set()

  constructor(base, prefix, browser, context, page) {
    Object.assign(this, { base, prefix, browser, context, page })
    this.hosts.add(new URL(base).host)
  }

  /** Notes what must not happen on a page: errors, foreign requests, dialogs (an injected alert). */
  watch(page) {
    page.setDefaultTimeout(20_000 * patience)
    page.setDefaultNavigationTimeout(20_000 * patience)
    page.on('console', message => { if (message.type() === 'error' && !this.careless) this.problems.push('console: ' + message.text()) })
    page.on('pageerror', error => this.problems.push('page: ' + error.message))
    page.on('dialog', dialog => { this.problems.push('dialog: ' + dialog.message()); dialog.dismiss() })
    page.on('request', request => {
      const url = new URL(request.url())
      if (!['data:', 'blob:'].includes(url.protocol) && !this.hosts.has(url.host)) this.problems.push('foreign request: ' + request.url())
    })
  }

  /** The same tester on another page. */
  on(page) { return Object.assign(Object.create(this), { page }) }

  get password_field() { return this.by('login').locator('input[type=password]') }
  by(name) { return this.page.locator(`[data-test="${name}"]`) }
  async text_of(name) { return (await this.by(name).first().innerText()).trim() }
  shot(name) { return this.page.screenshot({ path: `${shots}/${this.prefix}${name}.png` }) }

  async check(name, body) {
    const start = Date.now(), top = this.root ?? this
    try {
      await body()
      top.done++
      console.log(`ok   ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`)
    } catch (error) {
      top.failed++
      console.log(`FAIL ${name}, ${new Date().toISOString().slice(11, 23)}: ` + error.message.split('\n').slice(0, 4).join(' | '))
      for (const line of await this.page.evaluate(() => window.told ?? []).catch(() => [])) console.log('     the page said ' + line)
      await this.shot('failure-' + top.failed).catch(() => {})
      await this.page.reload().catch(() => {})  // no open dialog or list is left to the checks that follow
      await this.language('EN').catch(() => {})
    }
  }

  /** What the browser says while `body` runs is no problem: sessions are ended behind its back. */
  async carelessly(body) {
    this.careless = true
    try { await body() } finally { this.careless = false }
  }

  async until(what, text, ms = 20_000, strict = false) {
    const end = Date.now() + ms * (strict ? 1 : patience)
    while (Date.now() < end) {
      if (await what().catch(() => false)) return
      await this.page.waitForTimeout(100)
    }
    throw new Error('never: ' + text)
  }

  /** Waits until the text of `place` has `wanted` in it, and answers the text. */
  async shows(place, wanted, ms) {
    const where = typeof place === 'string' ? this.by(place).first() : place
    const fits = typeof wanted === 'string' ? text => text.includes(wanted) : text => wanted.test(text)
    let text = 'nothing'
    await this.until(async () => fits(text = (await where.innerText({ timeout: 3000 * patience })).trim()), '', ms)
      .catch(() => { throw new Error(`never ${wanted} in ${place}, but: ${text.slice(0, 300)}`) })
    return text
  }

  /** Waits until nothing moves on the page; what turns for ever does not count. */
  still() {
    return this.until(() => this.page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() =>
      resolve(document.getAnimations().every(one => one.playState !== 'running' || one.effect?.getTiming().iterations === Infinity)))))), 'a page at rest')
  }

  /** Serious findings of axe-core on the current screen. */
  accessible(screen) {
    return this.check(`axe: ${screen}`, async () => {
      const cdp = await this.context.newCDPSession(this.page)  // not subject to the page's content security policy
      await cdp.send('Runtime.evaluate', { expression: axe })
      const { result } = await cdp.send('Runtime.evaluate', { awaitPromise: true, returnByValue: true, expression:
        `axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' ; ')))` })
      await cdp.detach()
      that(Array.isArray(result.value), 'axe did not run')
      that(!result.value.length, result.value.join(' || '))
    })
  }

  /** Shows a screen and waits until it has what the server tells. */
  async go(screen) {
    await this.page.evaluate(to => { location.hash = to }, screen)
    await this.shown(screen)
  }

  async shown(screen) {
    const place = this.page.locator(`main[data-test="screen-${screen}"]:not([aria-busy=true]):visible`)
    await this.until(async () => await place.count() === 1 && await place.locator('> [aria-busy=true]').count() === 0, `the screen ${screen}`)
    await this.still()
  }

  /** Of a switch with several words, such as the overview's Cards, Table and Picture. */
  async segment(bar, name) {
    await bar.locator('.ant-segmented-item', { hasText: name }).click()
    await bar.locator('.ant-segmented-item-selected', { hasText: name }).waitFor()
  }

  async view(name) {
    await this.segment(this.page.locator('.page'), name)
    await this.shown('overview')
  }

  /** Answers the question that a click has brought up; it stays until what was asked for is done. */
  async confirm(name) {
    const yes = this.page.locator(`[data-test="${name}"]:visible`)
    await yes.click()
    await this.until(async () => await yes.count() === 0, `${name} is taken`, 60_000)
  }

  /** Takes an option of a list; `field` is what opens it. */
  async choose(field, name) {
    await field.click()
    await this.page.locator('.ant-select-item-option:visible', { hasText: name }).last().click()
    await this.until(async () => await this.page.locator('.ant-select-dropdown:visible').count() === 0, 'the list closes')
  }

  /** An entry of the menu below the user's name. */
  async user_menu(name) {
    await this.by('user').click()
    await this.page.getByRole('menuitem', { name }).click()
  }

  /** Opens a branch of the databases. */
  async unfold(name) {
    const row = this.by('databases').locator('.ant-tree-treenode', { hasText: name }).last()
    await row.locator('.ant-tree-switcher_close').click()
    await row.locator('.ant-tree-switcher_open').waitFor()
  }

  async login(password = '123456') {
    await this.password_field.fill(password)
    await this.page.click('button[type=submit]')
    await this.by('node').waitFor()
  }

  async write(code) {
    await this.page.locator('.cm-content').click()
    await this.page.keyboard.press('Control+a')
    await this.page.keyboard.press('Delete')
    await this.page.keyboard.insertText(code)
  }

  idle(ms = 60_000) { return this.until(async () => !(await this.by('run').isDisabled()), 'the script ends', ms) }

  async run(code, ms) {
    await this.write(code)
    await this.by('run').click()
    await this.idle(ms)
  }

  /** Runs a script that has to end without an error. */
  async succeeds(code, ms) {
    await this.run(code, ms)
    for (const text of await this.by('failure').allInnerTexts()) throw new Error(`${code.slice(0, 100)}: ${text}`)
  }

  /** Share of the plot's middle that has a colour: axes, grid lines and the slider do not count. */
  ink() {
    return this.page.evaluate(() => {
      const canvas = document.querySelector('[data-test=plot] canvas'), { width, height } = canvas
      const [x, y, w, h] = [width * .1, 0, width * .86, height * .72].map(Math.round)
      const data = canvas.getContext('2d').getImageData(x, y, w, h).data
      let inked = 0
      for (let i = 0; i < data.length; i += 4) {
        const [r, g, b] = [data[i], data[i + 1], data[i + 2]]
        if (data[i + 3] > 100 && Math.max(r, g, b) - Math.min(r, g, b) > 60) inked++
      }
      return inked / (w * h)
    })
  }

  /** Waits until the plot has at least this share of ink and no longer changes. */
  async drawn(least) {
    let before = -1
    await this.until(async () => {
      const now = await this.ink(), same = now === before
      before = now
      return same && now > least
    }, 'a finished plot')
    return before
  }

  async tab(name) {
    const tab = this.page.getByRole('tab', { name })
    await tab.click()
    await this.until(async () => await tab.getAttribute('aria-selected') === 'true', `the tab ${name}`)
  }

  language(name) { return this.segment(this.page.locator('.ant-layout-header'), name) }

  /** A client of its own, for what the browser cannot do or see. */
  async client(address = new URL(this.base).host) {
    const ddb = new DDB(`ws://${address}`, { autologin: true, username: 'admin', password: '123456', verbose: false })
    await ddb.connect()
    return ddb
  }
}
