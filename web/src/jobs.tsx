// Jobs that run and jobs that ended, of this node or, on the controller, of all live nodes.
import { useCallback, useEffect, useState } from 'react'
import { Alert, App, Button, Popconfirm, Table, Tabs, Tag } from 'antd'
import { text } from './format.ts'
import { use_text } from './i18n.ts'
import { gather, message_of, type Session } from './session.ts'

type Row = Record<string, any>

export default function Jobs({ session }: { session: Session }) {
  const t = use_text()
  const { message } = App.useApp()
  const [running, set_running] = useState<Row[]>([])
  const [recent, set_recent] = useState<Row[]>([])
  const [error, set_error] = useState('')
  const load = useCallback(async () => {
    try {
      set_running(await gather(session, 'getConsoleJobs'))
      set_recent((await gather(session, 'getRecentJobs')).reverse())
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
  }, [session])
  useEffect(() => {
    load()
    const timer = setInterval(load, 3000)
    return () => clearInterval(timer)
  }, [load])
  const cancel = async (row: Row) => {
    try {
      await session.ddb.invoke('cancelConsoleJob', [String(row.rootJobId)], row.node && row.node !== session.alias ? { node: row.node } : {})
      await load()
    } catch (problem) {
      message.error(message_of(problem), 8)
    }
  }
  const column = (title: string, key: string, mono = false) => ({ title: t(title), dataIndex: key, key,
    render: (x: unknown) => <span className={mono ? 'mono' : ''}>{text(x).slice(0, 300)}</span> })
  const state = (row: Row) => row.errorMsg ? 'failed' : row.endTime ? 'done' : row.startTime ? 'running' : 'queued'
  const colors: Record<string, string> = { failed: 'red', done: 'green', running: 'blue', queued: 'default' }
  return <main className="page">
    {error && <Alert type="error" message={error} />}
    <Tabs items={[
      { key: 'running', label: `${t('Running')} (${running.length})`, children: <Table<Row> size="small" rowKey={row => text(row.rootJobId)}
        dataSource={running} pagination={{ pageSize: 50, hideOnSinglePage: true }} scroll={{ x: 'max-content' }} columns={[
          column('Node', 'node'), column('User', 'userID'), column('Type', 'jobType'), column('Description', 'desc', true),
          column('Priority', 'priority'), column('Received', 'receiveTime'), column('Remote', 'remoteIP'), column('Session', 'sessionId'),
          { key: 'cancel', fixed: 'right', render: (_, row) => <Popconfirm title={t('Cancel this job?')} onConfirm={() => cancel(row)}>
            <Button size="small" danger>{t('Cancel')}</Button></Popconfirm> }]} /> },
      { key: 'recent', label: `${t('Recent')} (${recent.length})`, children: <Table<Row> size="small" rowKey={row => text(row.jobId) + text(row.node)}
        dataSource={recent} pagination={{ pageSize: 50, hideOnSinglePage: true }} scroll={{ x: 'max-content' }} columns={[
          column('Node', 'node'), column('User', 'userID'), { title: t('State'), key: 'state', render: (_, row) => <Tag color={colors[state(row)]}>{t(state(row))}</Tag> },
          column('Description', 'jobDesc', true), column('Started', 'startTime'), column('Ended', 'endTime'), column('Error', 'errorMsg')]} /> },
    ]} />
  </main>
}
