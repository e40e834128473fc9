// Login, the initial password, expiry, logout.
import { that } from './harness.mjs'

export async function first_login(t) {
  const { page } = t
  await t.check('policy without inline script', async () => {
    const answer = await page.goto(t.base + '/')
    const policy = answer.headers()['content-security-policy'] ?? ''
    that(/script-src 'self'/.test(policy) && !/script-src[^;]*('unsafe-inline'|'unsafe-eval')/.test(policy), policy || 'no policy')
    const inline = await page.evaluate(() => new Promise(resolve => {
      addEventListener('securitypolicyviolation', event => resolve(event.violatedDirective), { once: true })
      const script = document.createElement('script')
      script.textContent = 'window.injected = true'
      document.body.append(script)
      setTimeout(() => resolve('it ran'), 2000)
    }))
    that(/script-src/.test(inline) && !await page.evaluate(() => window.injected), inline)
    const refusal = problem => /violates.*Content Security Policy/s.test(problem)
    await t.until(async () => t.problems.some(refusal), 'the error by which the browser reports the refusal')
    t.problems = t.problems.filter(problem => !refusal(problem))
  })
  await t.check('first load below 3 MB', async () => {
    const context = await t.browser.newContext(), fresh = await context.newPage(), answers = []
    fresh.setDefaultTimeout(120_000)
    fresh.on('requestfinished', request => answers.push(request.sizes().then(found => found.responseBodySize)))
    await fresh.goto(t.base + '/', { waitUntil: 'networkidle' })
    await fresh.locator('input[type=password]').waitFor()
    const total = (await Promise.all(answers)).reduce((sum, each) => sum + each, 0)
    await context.close()
    console.log(`     first load ${(total / 1e6).toFixed(2)} MB in ${answers.length} files`)
    that(total > 100_000 && total < 3e6, `${total} bytes`)
  })
  await t.check('wrong password is refused', async () => {
    await t.password_field.fill('wrong')
    await page.click('button[type=submit]')
    await t.by('login-error').waitFor()
    await t.shot('login-refused')
  })
  await t.accessible('login')
  await t.check('login', () => t.login())
  await t.check('initial password is warned of', () => t.by('initial-password').waitFor())
  await t.check('a reload keeps the session', async () => {
    await page.reload()
    await t.by('node').waitFor()
    await t.by('initial-password').waitFor()
  })
}

async function change(t, old, fresh, again = fresh) {
  await t.user_menu('Change password')
  const fields = t.page.locator('.ant-modal input[type=password]')
  await fields.nth(0).fill(old)
  await fields.nth(1).fill(fresh)
  await fields.nth(2).fill(again)
  await t.page.locator('.ant-modal-footer .ant-btn-primary').click()
}

export async function password(t) {
  const { page } = t
  await t.check('change password', async () => {
    await change(t, '123456', 'other-secret', 'different')
    await page.getByText('The passwords differ').waitFor()
    await page.locator('.ant-modal input[type=password]').nth(2).fill('other-secret')
    await t.shot('password')
    await page.locator('.ant-modal-footer .ant-btn-primary').click()
    await t.until(async () => await t.by('initial-password').count() === 0, 'the warning goes')
    await page.locator('.ant-modal').waitFor({ state: 'hidden' })
    await t.user_menu('Log out')
    await t.password_field.fill('123456')
    await page.click('button[type=submit]')
    await t.by('login-error').waitFor()
    await t.login('other-secret')
    that(await t.by('initial-password').count() === 0, 'still warned of')
    await change(t, 'other-secret', '123456')
    await page.locator('.ant-modal').waitFor({ state: 'hidden' })
  })
}

export async function expiry(t) {
  const { page } = t
  await t.check('a lost session comes back by itself', () => t.carelessly(async () => {
    const client = await t.client()
    const own = new Set((await client.execute('exec sessionId from getSessionMemoryStat() where userId = "admin"')).map(String))
    const mine = await client.execute('getCurrentSessionAndUser()[0]')
    own.delete(String(mine))
    for (const id of own) await client.execute(`closeSessions(${id}l)`)
    await page.getByText('Connected again').first().waitFor()
    client.disconnect()
    that(await t.by('node').count() === 1, 'the screen is gone')
  }))
  await t.check('an expired session leads to the login, which says so', () => t.carelessly(async () => {
    await page.evaluate(() => localStorage.setItem('pelorus.ticket', '61646d696e|1000000000|' + '0'.repeat(64)))
    await page.reload()
    await t.by('expired').waitFor()
    await t.shot('login-expired')
    await t.login()
  }))
}

export async function logout(t) {
  const { page } = t
  await t.check('logout, in all tabs', async () => {
    const second = await t.context.newPage()
    t.watch(second)
    await second.goto(t.base + '/')
    await second.locator('[data-test=node]').waitFor()
    await t.user_menu('Log out')
    await t.password_field.waitFor()
    await second.locator('[data-test=login] input[type=password]').waitFor()
    await second.close()
    await page.reload()
    await t.password_field.waitFor()
  })
}
