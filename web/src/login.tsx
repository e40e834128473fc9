import { useState } from 'react'
import { Alert, Button, Card, Form, Input } from 'antd'
import { use_text } from './i18n.ts'
import { login, message_of, type Session } from './session.ts'

export function Login({ done, expired }: { done: (session: Session) => void, expired: boolean }) {
  const t = use_text()
  const [error, set_error] = useState('')
  const [busy, set_busy] = useState(false)
  const submit = async (form: { user: string, password: string }) => {
    set_busy(true)
    set_error('')
    try {
      done(await login(form.user, form.password))
    } catch (problem) {
      set_error(message_of(problem))
    }
    set_busy(false)
  }
  return <main className="login" data-test="login"><Card style={{ width: 360 }}>
    <h1 className="brand" style={{ justifyContent: 'center', margin: '4px 0 20px' }}><img src="./icon.svg" alt="" />Pelorus</h1>
    <Form layout="vertical" onFinish={submit} initialValues={{ user: 'admin' }} requiredMark={false}>
      <Form.Item name="user" label={t('User')} rules={[{ required: true }]}><Input autoComplete="username" /></Form.Item>
      <Form.Item name="password" label={t('Password')} rules={[{ required: true }]} extra={t('Initially admin / 123456')}>
        <Input.Password autoComplete="current-password" autoFocus />
      </Form.Item>
      {expired && !error && <Alert type="info" message={t('Your session has expired. Please log in again.')} style={{ marginBottom: 16 }} data-test="expired" />}
      {error && <Alert type="error" message={error} style={{ marginBottom: 16 }} data-test="login-error" />}
      <Button type="primary" htmlType="submit" block loading={busy}>{t('Log in')}</Button>
    </Form>
  </Card></main>
}
