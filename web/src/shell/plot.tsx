// Charts of a result's columns. ECharts is loaded when the tab is first opened.
import { useEffect, useMemo, useRef, useState } from 'react'
import { Alert, Empty, Select, Space } from 'antd'
import { DdbChartType, DdbForm, type DdbChartValue } from 'dolphindb/browser.js'
import { use_text } from '../i18n.ts'
import { message_of } from '../session.ts'
import { part_of, sheet_of, type Sheet } from './sheet.ts'
import type { Shown } from './run.ts'
import type { ECharts, EChartsCoreOption } from 'echarts/core'

const most = 20_000
const kinds = ['Line', 'Area', 'Bar', 'Scatter', 'Pie', 'Candlestick']
/** What the server calls the charts of plot() and plotHist(); a surface is drawn as its lines. */
const of_chart: Record<number, string> = { [DdbChartType.area]: 'Area', [DdbChartType.bar]: 'Bar', [DdbChartType.column]: 'Bar', [DdbChartType.histogram]: 'Bar', [DdbChartType.pie]: 'Pie',
  [DdbChartType.scatter]: 'Scatter', [DdbChartType.kline]: 'Candlestick' }
/** The number of a row, for results that have nothing better on the x axis. */
const row_number = '#'

type Values = (string | number | null)[]

function values(sheet: Sheet, column: number): Values {
  return Array.from({ length: sheet.rows }, (_, i) => {
    const shown = sheet.cell(i, column)
    return shown === undefined ? null : shown !== '' && Number.isFinite(Number(shown)) ? Number(shown) : shown
  })
}

const is_number = (column: Values) => column.some(x => typeof x === 'number')

/** The values of each column, and which of them are best drawn how. */
function proposal(sheet: Sheet, chart?: DdbChartValue) {
  const columns: Record<string, Values> = { ...Object.fromEntries(sheet.columns.map(({ name }, j) => [name, values(sheet, j)])), [row_number]: Array.from({ length: sheet.rows }, (_, i) => i) }
  const names = sheet.columns.map(column => column.name)
  const ohlc = ['open', 'high', 'low', 'close'].map(word => names.find(name => name.toLowerCase() === word))
  const x = names.find(name => !is_number(columns[name])) ?? (names.length > 1 && !chart ? names[0] : row_number)
  const numbers = names.filter(name => name !== x && is_number(columns[name]))
  if (chart) return { columns, kind: of_chart[chart.type] ?? 'Line', x, y: numbers }
  if (ohlc.every(Boolean)) return { columns, kind: 'Candlestick', x, y: ohlc as string[] }
  return { columns, x, y: numbers.slice(0, 1) }
}

export default function Plot({ shown, dark }: { shown?: Shown, dark: boolean }) {
  const t = use_text()
  const [sheet, set_sheet] = useState<Sheet>()
  const [error, set_error] = useState('')
  const [kind, set_kind] = useState('Line'), chosen = useRef('Line')  // the last one that was wished for
  const [x, set_x] = useState<string>(), [y, set_y] = useState<string[]>([])
  useEffect(() => {
    let stale = false
    set_sheet(undefined)
    set_error('')
    if (shown?.kind === 'remote') shown.read(0, most).then(table => { if (!stale) set_sheet(sheet_of(table)) }, problem => { if (!stale) set_error(message_of(problem)) })
    else if (shown && shown.object.form !== DdbForm.dict && shown.object.form !== DdbForm.set) {
      const found = sheet_of(shown.object)
      set_sheet(found && part_of(found, 0, most))
    }
    return () => { stale = true }
  }, [shown])
  const chart = shown?.kind === 'object' && shown.object.form === DdbForm.chart ? shown.object.value as DdbChartValue : undefined
  const first = useMemo(() => sheet && proposal(sheet, chart), [sheet])
  const columns = first?.columns ?? {}
  useEffect(() => {
    if (!first) return
    set_x(first.x)
    set_y(first.y)
    set_kind(first.kind ?? chosen.current)
  }, [first])
  if (!sheet || !sheet.rows) return error ? <Alert type="error" message={error} /> : <Empty description={t('Nothing to plot: run a select first')} />
  const options = Object.keys(columns).map(value => ({ value, label: value === row_number ? t('row number') : value }))
  const total = shown?.kind === 'remote' ? shown.rows : sheet.rows
  return <div className="grid-wrap">
    <Space wrap style={{ marginBottom: 4 }}>
      <Select size="small" aria-label={t('Chart')} value={kind} onChange={value => { set_kind(value); chosen.current = value === 'Candlestick' ? 'Line' : value }} style={{ width: 130 }} options={kinds.map(value => ({ value, label: t(value) }))} />
      <Select size="small" aria-label={t('X')} prefix="X" value={x} onChange={set_x} style={{ minWidth: 120 }} options={options} />
      <Select size="small" aria-label={t('Y')} prefix="Y" mode="multiple" maxTagCount={8} value={y} onChange={set_y} style={{ minWidth: 180 }} options={options.filter(option => option.value !== row_number)} />
      {total > most && <span>{t('the first')} {most.toLocaleString('en')} {t('rows')}</span>}
    </Space>
    <Canvas {...{ kind, x: x ? columns[x] ?? [] : [], series: y.filter(name => columns[name]).map(name => ({ name, data: columns[name] })), dark }}
      titles={chart && [chart.titles.chart, chart.titles.x_axis, chart.titles.y_axis]} stacked={chart?.stacking} />
  </div>
}

interface Drawing { kind: string, x: Values, series: { name: string, data: Values }[], dark: boolean, titles?: string[], stacked?: boolean }

/** With few points each is marked; with very many a line is thinned. */
const look_of = (kind: string, points: number) => kind === 'Scatter' ? { type: 'scatter', symbolSize: 6 } : kind === 'Bar' ? { type: 'bar' }
  : { type: 'line', symbolSize: 3, showSymbol: points < 200, sampling: 'lttb', ...kind === 'Area' ? { areaStyle: { opacity: .3 } } : {} }

function option_of({ kind, x, series, titles = [], stacked }: Drawing) {
  const category = kind !== 'Scatter' || !is_number(x)
  const [title, x_title, y_title] = titles
  const legend = series.length > 1 && kind !== 'Candlestick' || kind === 'Pie'
  const base = { animation: false, backgroundColor: 'transparent', tooltip: { trigger: kind === 'Scatter' || kind === 'Pie' ? 'item' : 'axis', renderMode: 'richText', confine: true },
    title: title ? { text: title, left: 'center', textStyle: { fontSize: 14 } } : undefined, legend: { show: legend, type: 'scroll', top: title ? 22 : 0 } }
  if (kind === 'Pie') return { ...base, series: [{ type: 'pie', radius: '62%', center: ['50%', '56%'], data: (series[0]?.data ?? []).slice(0, 100).map((value, i) => ({ value, name: String(x[i] ?? i) })) }] }
  const axes = { ...base, grid: { left: y_title ? 84 : 64, right: 24, top: 28 + (title ? 20 : 0) + (y_title ? 8 : 0), bottom: x_title ? 68 : 52 },
    dataZoom: [{ type: 'inside' }, { type: 'slider', height: 16, bottom: 4 }], yAxis: { type: 'value', scale: kind !== 'Bar' && kind !== 'Area', name: y_title },
    xAxis: { ...category ? { type: 'category', data: x } : { type: 'value', scale: true }, name: x_title, nameLocation: 'middle', nameGap: 26 } }
  if (kind === 'Candlestick') {
    const [open, high, low, close] = series.map(each => each.data)
    return { ...axes, series: close ? [{ type: 'candlestick', data: open.map((o, i) => [o, close[i], low[i], high[i]]) }] : [] }
  }
  return { ...axes, series: series.map(each => ({ name: each.name, ...look_of(kind, x.length), stack: stacked ? 'all' : undefined,
    data: category ? each.data : each.data.map((value, i) => [x[i], value]) })) }
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
