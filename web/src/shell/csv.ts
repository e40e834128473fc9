// Rows as a CSV file, fetched in blocks.
import type { Sheet } from './sheet.ts'
import type { Pages } from './grid.tsx'

const block = 20_000
const quote = (text: string) => /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

export function csv_of(sheet: Sheet, head: boolean): string {
  const lines: string[] = []
  if (head) lines.push(sheet.columns.map(column => quote(column.name)).join(','))
  for (let row = 0; row < sheet.rows; row++) lines.push(sheet.columns.map((_, column) => quote(sheet.cell(row, column) ?? '')).join(','))
  return lines.length ? lines.join('\n') + '\n' : ''
}

export async function save_csv({ rows, title, read }: Pages, progress: (percent: number) => void) {
  const parts: string[] = []
  for (let offset = 0; offset === 0 || offset < rows; offset += block) {
    progress(Math.floor(100 * offset / Math.max(1, rows)))
    parts.push(csv_of(await read(offset, block), offset === 0))
  }
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob(['\ufeff', ...parts], { type: 'text/csv;charset=utf-8' }))
  link.download = `${title.replace(/\W+/g, '_').replace(/^_+|_+$/g, '').slice(0, 60) || 'result'}.csv`
  link.click()
  URL.revokeObjectURL(link.href)
}
