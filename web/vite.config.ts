import { readFileSync } from 'node:fs'
import { defineConfig, type Plugin } from 'vite'
import react from '@vitejs/plugin-react'

const page = (name: string) => readFileSync(new URL(`../docs/${name}.md`, import.meta.url), 'utf8')

/** `[name, syntax, summary, aliases]` of every function of docs/functions.md, which the server's own table writes. */
function functions() {
  return page('functions').split('\n## ').slice(1).map(part => {
    const [name, usage = '', , summary = ''] = part.split('\n')
    const [, syntax = '', rest = ''] = /^`([^`]*)`(.*)$/.exec(usage) ?? []
    return [name.trim(), syntax, summary.trim(), [...rest.matchAll(/`(\w+)`/g)].map(found => found[1])]
  })
}

/** `[key, roles, value, default, meaning]` of every setting of docs/settings.md. */
function settings() {
  const unescape = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
  return page('settings').split('\n').filter(line => line.startsWith('| `')).map(line => {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1).map(cell => unescape(cell.trim().replaceAll('\\|', '|')))
    return [cells[0].replaceAll('`', ''), ...cells.slice(1)]
  }).filter(row => row.length >= 5 && /^[A-Za-z0-9.]+$/.test(row[0]))
}

/** Makes the project's reference pages importable, so that console and server agree by construction. */
function reference(): Plugin {
  const modules: Record<string, () => unknown> = { 'virtual:functions': functions, 'virtual:settings': settings }
  return {
    name: 'pelorus-reference',
    resolveId: id => id in modules ? '\0' + id : undefined,
    load: id => id.startsWith('\0virtual:') ? `export default ${JSON.stringify(modules[id.slice(1)]())}` : undefined,
  }
}

export default defineConfig({
  base: './',
  plugins: [react(), reference()],
  build: { target: 'es2022', outDir: 'dist', emptyOutDir: true, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1500 },
})
