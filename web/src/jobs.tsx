// Jobs that run, wait or have ended, of this node or, on the controller, of all live nodes.
import { useCallback, useState } from 'react'
import { Alert, App, Button, Input, Popconfirm, Table, Tabs, Tag, Tooltip, type ButtonProps, type TableColumnsType } from 'antd'
import { text } from './format.ts'
import { use_text } from './i18n.ts'
import { gather, message_of, type Session } from './session.ts'
import { use_polling } from './polling.ts'

type Row = Record<string, any>
interface Lists { running: Row[], queued: Row[], recent: Row[] }

/** Jobs by which the console and the package that it stands on look for themselves. */
const is_own = (code: string) => /\/\/ console$|^def (invoke|jsrpc|pnode_run)\b|^jobs = exec rootJobId/.test(code)

async function load_jobs(session: Session): Promise<Lists> {
  const [all, ended] = await Promise.all([gather(session, 'getConsoleJobs'), gather(session, 'getRecentConsoleJobs')])
  const jobs = all.filter(job => job.desc !== 'getConsoleJobs')  // the look itself
  return { running: jobs.filter(job => job.runningTask !== 0), queued: jobs.filter(job => job.runningTask === 0),
    recent: ended.filter(job => !is_own(text(job.jobDesc))).sort((a, b) => text(b.endTime).localeCompare(text(a.endTime))) }
}

const clock = (x: unknown) => text(x).replace(/^\d{4}\.\d\d\.\d\d /, '').slice(0, 12)

function took(row: Row) {
  const ms = (x: unknown) => Date.parse(text(x).replace(/^(\d+)\.(\d+)\.(\d+) /, '$1-$2-$3T'))
  const spent = ms(row.endTime) - ms(row.startTime)
  return spent < 1000 ? `${spent} ms` : `${(spent / 1000).toFixed(1)} s`
}

/** The beginning of a script on one line, all of it on the mouse. */
function Script({ code }: { code: string }) {
  return <Tooltip title={<span style={{ whiteSpace: 'pre-wrap' }}>{code.slice(0, 1000)}</span>} placement="topLeft"><span className="mono cut">{code.replace(/\s+/g, ' ').slice(0, 120)}</span></Tooltip>
}

export default function Jobs({ session }: { session: Session }) {
  const t = use_text()
  const { message } = App.useApp()
  const [lists, set_lists] = useState<Lists>({ running: [], queued: [], recent: [] })
  const [error, set_error] = useState('')
  const [filter, set_filter] = useState('')
  const load = useCallback(async () => {
    try {
      set_lists(await load_jobs(session))
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
  }, [session])
  const loaded = use_polling(load, 2000)
  const cancel = async (row: Row) => {
    try {
      await session.ddb.invoke('cancelConsoleJob', [String(row.rootJobId)], row.node && row.node !== session.alias ? { node: row.node } : {})
      await load()
    } catch (problem) {
      message.error(message_of(problem), 8)
    }
  }
  const wanted = (rows: Row[]) => rows.filter(row => !filter || Object.values(row).some(x => text(x).toLowerCase().includes(filter.toLowerCase())))
  const column = (title: string, key: string, render: (x: unknown, row: Row) => React.ReactNode = x => text(x)) => ({ title: t(title), dataIndex: key, key, render })
  const sheet = (name: string, title: string, rows: Row[], id: string, empty: string, columns: TableColumnsType<Row>) => ({ key: name, label: `${t(title)} (${rows.length})`,
    children: <div data-test={`sheet-${name}`}><Table<Row> size="small" rowKey={row => `${row[id]} ${row.node}`} dataSource={wanted(rows)} columns={columns} locale={{ emptyText: t(empty) }}
      pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }} scroll={{ x: 'max-content' }} /></div> })
  const live: TableColumnsType<Row> = [column('Node', 'node', x => <strong>{text(x)}</strong>), column('User', 'userID'), column('Type', 'jobType', x => t(text(x))),
    column('Script or function', 'desc', x => <Script code={text(x)} />), column('Priority', 'priority'), column('Received', 'receiveTime', x => <span title={text(x)}>{clock(x)}</span>),
    column('Remote', 'remoteIP'), column('Session', 'sessionId', x => <span className="mono">{text(x)}</span>),
    { key: 'cancel', fixed: 'right', render: (_, row) => <Popconfirm title={t('Cancel this job?')} okText={t('Cancel job')} cancelText={t('Keep it')} onConfirm={() => cancel(row)}
        okButtonProps={{ danger: true, 'data-test': 'cancel-yes' } as ButtonProps}><Button size="small" danger>{t('Cancel')}</Button></Popconfirm> }]
  return <main className="page" data-test="screen-jobs" aria-busy={!loaded}>
    <div className="bar"><h1 className="title">{t('Jobs')}</h1><span className="grow" />
      <Input.Search allowClear placeholder={t('Filter')} aria-label={t('Filter')} style={{ width: 260 }} onChange={event => set_filter(event.target.value)} />
      <Button onClick={load}>{t('Refresh')}</Button></div>
    {error && <Alert type="error" message={error} />}
    <Tabs items={[
      sheet('running', 'Running', lists.running, 'rootJobId', 'Nothing is running', live),
      sheet('queued', 'Queued', lists.queued, 'rootJobId', 'Nothing waits for a worker', live),
      sheet('recent', 'Recent', lists.recent, 'jobId', 'No job has ended yet', [column('Node', 'node', x => <strong>{text(x)}</strong>), column('User', 'userID'),
        column('State', 'errorMsg', x => <Tag color={x ? 'red' : 'green'}>{t(x ? 'failed' : 'done')}</Tag>), column('Script or function', 'jobDesc', x => <Script code={text(x)} />),
        column('Started', 'startTime', x => <span title={text(x)}>{clock(x)}</span>), column('Duration', 'endTime', (_, row) => took(row)),
        { ...column('Error', 'errorMsg', x => <span className="wrap">{text(x)}</span>), key: 'error' }]),
    ]} />
  </main>
}
