// Charts of a result's columns. ECharts is loaded when the tab is first opened.
import { useEffect, useMemo, useRef, useState } from 'react'
import { Alert, Empty, Select, Space } from 'antd'
import type { DdbObj } from 'dolphindb/browser.js'
import { use_text } from '../i18n.ts'
import { message_of } from '../session.ts'
import { cell } from './grid.tsx'
import type { Shown, Table } from './run.ts'
import { DdbForm } from 'dolphindb/browser.js'
import type { ECharts, EChartsCoreOption } from 'echarts/core'

const most = 20_000
const kinds = ['Line', 'Bar', 'Scatter', 'Candlestick']

function values(column: DdbObj<any>): (string | number | null)[] {
  return Array.from({ length: column.rows ?? 0 }, (_, i) => {
    const shown = cell(column, i)
    return shown === undefined ? null : shown !== '' && Number.isFinite(Number(shown)) ? Number(shown) : shown
  })
}

const is_number = (column: (string | number | null)[]) => column.some(x => typeof x === 'number')

export default function Plot({ shown, dark }: { shown?: Shown, dark: boolean }) {
  const t = use_text()
  const [table, set_table] = useState<Table>()
  const [error, set_error] = useState('')
  const [kind, set_kind] = useState('Line')
  const [x, set_x] = useState<string>(), [y, set_y] = useState<string[]>([])
  useEffect(() => {
    set_table(undefined)
    if (shown?.kind === 'remote') shown.read(0, most).then(set_table, problem => set_error(message_of(problem)))
    else if (shown?.object.form === DdbForm.table) set_table(shown.object)
  }, [shown])
  const columns = useMemo(() => Object.fromEntries((table?.value ?? []).map(column => [column.name, values(column)])), [table])
  const names = Object.keys(columns)
  useEffect(() => {
    const ohlc = ['open', 'high', 'low', 'close'].map(word => names.find(name => name.toLowerCase() === word))
    const numbers = names.filter(name => is_number(columns[name]))
    set_x(names.find(name => !is_number(columns[name])) ?? names[0])
    if (ohlc.every(Boolean)) { set_kind('Candlestick'); set_y(ohlc as string[]) }
    else { set_kind(old => old === 'Candlestick' ? 'Line' : old); set_y(numbers.filter(name => name !== names[0]).slice(0, 1)) }
  }, [columns])
  if (!table) return error ? <Alert type="error" message={error} /> : <Empty description={t('Nothing to plot: run a select first')} />
  const options = names.map(value => ({ value, label: value }))
  return <div className="grid-wrap">
    <Space wrap style={{ marginBottom: 4 }}>
      <Select size="small" aria-label={t('Chart')} value={kind} onChange={set_kind} style={{ width: 130 }} options={kinds.map(value => ({ value, label: t(value) }))} />
      <Select size="small" aria-label={t('X')} prefix="X" value={x} onChange={set_x} style={{ minWidth: 120 }} options={options} />
      <Select size="small" aria-label={t('Y')} prefix="Y" mode="multiple" value={y} onChange={set_y} style={{ minWidth: 180 }} options={options} />
      {shown?.kind === 'remote' && shown.rows > most && <span>{t('the first')} {most.toLocaleString('en')} {t('rows')}</span>}
    </Space>
    <Canvas {...{ kind, x: x ? columns[x] ?? [] : [], series: y.filter(name => columns[name]).map(name => ({ name, data: columns[name] })), dark }} />
  </div>
}

interface Drawing { kind: string, x: (string | number | null)[], series: { name: string, data: (string | number | null)[] }[], dark: boolean }

function option_of({ kind, x, series }: Drawing) {
  const category = kind !== 'Scatter' || !is_number(x)
  const base = { animation: false, backgroundColor: 'transparent', tooltip: { trigger: kind === 'Scatter' ? 'item' : 'axis', renderMode: 'richText' },
    legend: { show: series.length > 1 && kind !== 'Candlestick' }, grid: { left: 64, right: 24, top: 28, bottom: 52 },
    dataZoom: [{ type: 'inside' }, { type: 'slider', height: 16, bottom: 4 }], yAxis: { type: 'value', scale: true },
    xAxis: category ? { type: 'category', data: x } : { type: 'value', scale: true } }
  if (kind === 'Candlestick') {
    const [open, high, low, close] = series.map(each => each.data)
    return { ...base, series: close ? [{ type: 'candlestick', data: open.map((o, i) => [o, close[i], low[i], high[i]]) }] : [] }
  }
  return { ...base, series: series.map(each => ({ name: each.name, type: kind.toLowerCase(), symbolSize: kind === 'Scatter' ? 6 : 3, showSymbol: x.length < 200,
    sampling: kind === 'Line' ? 'lttb' : undefined, data: category ? each.data : each.data.map((value, i) => [x[i], value]) })) }
}

function Canvas(drawing: Drawing) {
  const place = useRef<HTMLDivElement>(null), chart = useRef<ECharts>()
  const live = useRef(drawing)  // what is to be drawn once ECharts has come
  live.current = drawing
  useEffect(() => {
    let over = false
    import('./echarts.ts').then(({ init }) => {
      if (over || !place.current) return
      chart.current = init(place.current, drawing.dark ? 'dark' : undefined)
      chart.current.setOption(option_of(live.current) as EChartsCoreOption, true)
    })
    const watch = new ResizeObserver(() => chart.current?.resize())
    watch.observe(place.current!)
    return () => { over = true; watch.disconnect(); chart.current?.dispose(); chart.current = undefined }
  }, [drawing.dark])
  useEffect(() => { chart.current?.setOption(option_of(drawing) as EChartsCoreOption, true) }, [drawing.kind, drawing.x, drawing.series])
  return <div className="plot" ref={place} data-test="plot" />
}
