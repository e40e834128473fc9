// Every function of docs/functions.md and every setting of docs/settings.md has its Chinese. Needs no browser:
//   node web/tests/texts.mjs
import { readFileSync } from 'node:fs'

const text = name => readFileSync(new URL(name, import.meta.url), 'utf8')
let failed = 0

/** Names without Chinese are failures; `where` says which file to mend. */
function compare(what, where, names, translated) {
  const missing = names.filter(name => !translated.has(name)), left_over = [...translated.keys()].filter(name => !names.includes(name))
  if (names.length < 100) { failed++; console.log(`FAIL only ${names.length} ${what}s were found in docs`) }
  if (missing.length) { failed++; console.log(`FAIL no Chinese in ${where} for the ${what}s ${missing.join(' ')}`) }
  if (left_over.length) console.log(`${where} has Chinese for what is no ${what} (any more, or yet): ${left_over.join(' ')}`)
  const pale = [...translated].filter(([, chinese]) => !/[\u4e00-\u9fff]/.test(chinese)).map(([name]) => name)
  if (pale.length) { failed++; console.log(`FAIL not Chinese in ${where}: ${pale.join(' ')}`) }
  console.log(`${names.length} ${what}s, ${names.length - missing.length} of them in Chinese`)
}

const functions = [...text('../../docs/functions.md').matchAll(/^## (\S+)$/gm)].map(found => found[1])
compare('function', 'web/src/shell/chinese_functions.json', functions, new Map(Object.entries(JSON.parse(text('../src/shell/chinese_functions.json')))))

const settings = [...text('../../docs/settings.md').matchAll(/^\| `([A-Za-z0-9]+)` \|/gm)].map(found => found[1])
const help = text('../src/chinese_settings.ts').split('\n}')[0]
compare('setting', 'web/src/chinese_settings.ts', settings, new Map([...help.matchAll(/(?<=^ *|, )(\w+): '([^']*)'/gm)].map(found => [found[1], found[2]])))
process.exit(failed ? 1 : 0)
