// What keeps the replicas of the cluster equal: transactions, chunks whose end is in doubt, and copies between data nodes.
import { useCallback, useState } from 'react'
import { Alert, Button, Input, Table, Tabs, Tag } from 'antd'
import type { ColumnType } from 'antd/es/table'
import { text } from './format.ts'
import { use_text } from './i18n.ts'
import { use_polling } from './polling.ts'
import { message_of, on_controller, rows_of, type Session } from './session.ts'

type Row = Record<string, any>

/** The colour of a state word of either table. */
function color_of(word: string) {
  if (/^(complete|finish)/i.test(word)) return 'green'
  if (/^(rollback|fail|abort|cancel)/i.test(word)) return 'red'
  return 'blue'
}

function use_rows(session: Session) {
  const [transactions, set_transactions] = useState<Row[]>([])
  const [doubts, set_doubts] = useState<Row[]>([])
  const [copies, set_copies] = useState<Row[]>([])
  const [error, set_error] = useState('')
  const load = useCallback(async () => {
    try {
      set_transactions(rows_of<Row>(await on_controller(session, 'getTransactionStatus')))
      set_copies(rows_of<Row>(await on_controller(session, 'getRecoveryTaskStatus')).reverse())
      if (session.is_admin) set_doubts(rows_of<Row>(await on_controller(session, 'getUnresolvedTxn')))
      set_error('')
    } catch (problem) {
      set_error(message_of(problem))
    }
  }, [session])
  return { transactions, doubts, copies, error, load, loaded: use_polling(load, 3000) }
}

export default function Recovery({ session }: { session: Session }) {
  const t = use_text()
  const { transactions, doubts, copies, error, load, loaded } = use_rows(session)
  const [filter, set_filter] = useState('')
  const wanted = (rows: Row[]) => rows.filter(row => !filter || Object.values(row).some(x => text(x).toLowerCase().includes(filter.toLowerCase())))
  const column = (title: string, key: string, mono = false): ColumnType<Row> => ({ title: t(title), dataIndex: key, key,
    render: (x: unknown) => <span className={mono ? 'mono' : ''}>{text(x)}</span> })
  const state = (key: string): ColumnType<Row> => ({ title: t('State'), dataIndex: key, key,
    render: (x: unknown) => <Tag color={color_of(text(x))}>{text(x)}</Tag> })
  const time = (title: string, key: string): ColumnType<Row> => ({ title: t(title), dataIndex: key, key, render: (x: unknown) => <span title={text(x)}>{text(x).slice(0, 19)}</span> })
  const kind: ColumnType<Row> = { title: t('Type'), key: 'type', render: (_, row) => [row.TaskType, row.DeleteSource && t('Moves'), row.IsIncrementalRecovery && t('Incremental')].filter(Boolean).join(' · ') }
  const sheet = (name: string, title: string, rows: Row[], key: (row: Row) => string, columns: ColumnType<Row>[], hint: string) => ({
    key: name, label: `${t(title)} (${rows.length})`,
    children: <div data-test={`sheet-${name}`}><Table<Row> size="small" rowKey={key} dataSource={wanted(rows)} columns={columns} locale={{ emptyText: t(hint) }}
      pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }} scroll={{ x: 'max-content' }} /></div> })
  const open = transactions.filter(row => !row.endTime).length
  const busy = copies.filter(row => !row.FinishTime).length
  const sheets = [
    sheet('transactions', 'Transactions', transactions, row => text(row.tid), [column('Id', 'tid', true), state('status'), column('Type', 'type'),
      column('Partitions', 'partitionCount'), time('Started', 'startTime'), time('Ended', 'endTime'), column('Duration (ms)', 'elapsedTime')],
    'No transactions yet'),
    sheet('copies', 'Recovery', copies, row => text(row.TaskId), [column('Path', 'ChunkPath', true), state('Status'), column('From', 'Source'),
      column('To', 'Dest'), kind, column('Attempts', 'AttemptCount'), time('Started', 'StartTime'), time('Ended', 'FinishTime'),
      column('Error', 'FailureReason'), column('Chunk', 'ChunkId', true)], 'No copies yet'),
    ...session.is_admin ? [sheet('doubts', 'Unresolved', doubts, row => `${row.tid} ${row.chunkId}`, [column('Id', 'tid', true), column('Chunk', 'chunkId', true),
      column('Begun at', 'initiatingNode'), column('First asked', 'firstResolutionAt'), column('Last asked', 'lastResolutionAt')], 'Nothing is in doubt')] : [],
  ]
  return <main className="page" data-test="screen-recovery" aria-busy={!loaded}>
    <div className="bar"><strong data-test="recovery-sum">{open} {t('open transactions')}, {busy} {t('copies under way')}</strong>
      <span>{t('Times are UTC')}</span><span className="grow" />
      <Input.Search allowClear placeholder={t('Filter')} aria-label={t('Filter')} style={{ width: 260 }} onChange={event => set_filter(event.target.value)} />
      <Button onClick={load}>{t('Refresh')}</Button></div>
    {error && <Alert type="error" message={error} />}
    <Tabs items={sheets} />
  </main>
}
