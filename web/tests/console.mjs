// The console in a real Chromium against a running server:
//   node tests/console.mjs http://HOST:PORT [--cluster=HEAD_CONFIG_DIR] [--only=part,part]
// Takes screenshots into /tmp/console-shots (CONSOLE_SHOTS names another place). Fails on console errors, on dialogs and on
// requests to other hosts.
// --cluster: the server is the controller of the cluster that run.sh starts, whose configuration files lie there. Nodes are
// started, stopped and killed, so all run on this machine.
import { open, that } from './harness.mjs'
import { expiry, first_login, logout, password } from './session.mjs'
import { interactive } from './interactive.mjs'
import { cluster_injection, injection } from './injection.mjs'
import { failures, membership, overview, picture, recovery, settings } from './cluster.mjs'
import { tutorial } from './tutorial.mjs'
import { logs } from './logs.mjs'
import { chinese, keyboard, screens } from './screens.mjs'

const base = process.argv[2]
if (!base) { console.error('usage: node tests/console.mjs http://HOST:PORT [--cluster=HEAD_CONFIG_DIR] [--only=part,part]'); process.exit(3) }
const option = name => process.argv.find(word => word.startsWith(`--${name}=`))?.slice(name.length + 3)
const config = option('cluster'), only = option('only')?.split(',')
const t = await open(base, config ? 'cluster-' : 'single-')

const log = config && `${config}/../log/controller.log`
const parts = config
  ? { overview, tutorial, picture, settings, membership, failures, recovery, logs: () => logs(t, log), injection: () => cluster_injection(t, log), keyboard, screens, chinese }
  : { interactive, injection, keyboard, screens, chinese, expiry, password }

await first_login(t)
for (const [name, part] of Object.entries(parts)) if (!only || only.includes(name)) await part(t, config)
await logout(t)
await t.check('no console error, no dialog, no foreign request', async () => that(!t.problems.length, [...new Set(t.problems)].join('\n').replaceAll('\n', ' || ')))
await t.browser.close()
console.log(`${t.done} passed, ${t.failed} failed`)
process.exit(t.failed ? 1 : 0)
