import { useState } from 'react'
import { Alert, App, Form, Input, Modal } from 'antd'
import { use_text } from './i18n.ts'
import { message_of, type Session } from './session.ts'

interface Props { session: Session, open: boolean, close: () => void, changed: () => void }

export function PasswordDialog({ session, open, close, changed }: Props) {
  const t = use_text()
  const { message } = App.useApp()
  const [form] = Form.useForm()
  const [error, set_error] = useState('')
  const submit = async (values: { old: string, fresh: string }) => {
    set_error('')
    try {
      await session.ddb.invoke('changePwd', [values.old, values.fresh])
      message.success(t('Password changed'))
      changed()
      form.resetFields()
      close()
    } catch (problem) {
      set_error(message_of(problem))
    }
  }
  const same = ({ getFieldValue }: { getFieldValue: (name: string) => unknown }) => ({
    validator: async (_: unknown, value: string) => {
      if (value !== getFieldValue('fresh')) throw new Error(t('The passwords differ'))
    } })
  return <Modal title={t('Change password')} open={open} onCancel={close} onOk={() => form.submit()} forceRender>
    <Form form={form} layout="vertical" onFinish={submit} requiredMark={false}>
      <Form.Item name="old" label={t('Old password')} rules={[{ required: true }]}><Input.Password autoComplete="current-password" /></Form.Item>
      <Form.Item name="fresh" label={t('New password')} rules={[{ required: true, min: 6 }]}><Input.Password autoComplete="new-password" /></Form.Item>
      <Form.Item name="again" label={t('Repeat new password')} dependencies={['fresh']} rules={[{ required: true }, same]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      {error && <Alert type="error" message={error} />}
    </Form>
  </Modal>
}
