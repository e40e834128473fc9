// What is drawn inside may fail without taking the page with it.
import { Component, type ReactNode } from 'react'
import { Alert, Button } from 'antd'
import { LanguageContext } from './i18n.ts'
import { chinese } from './chinese.ts'
import { message_of } from './session.ts'

/** Tries again when `of` changes: the screen, or the result. */
export class Fence extends Component<{ of: unknown, children: ReactNode }, { problem?: unknown }> {
  static contextType = LanguageContext
  declare context: React.ContextType<typeof LanguageContext>
  state: { problem?: unknown } = {}

  static getDerivedStateFromError(problem: unknown) { return { problem } }
  componentDidUpdate(before: { of: unknown }) { if (before.of !== this.props.of && this.state.problem) this.setState({ problem: undefined }) }

  render() {
    if (!this.state.problem) return this.props.children
    const t = (text: string) => this.context === 'zh' ? chinese[text] ?? text : text
    return <Alert type="error" style={{ margin: 12 }} data-test="fence" message={t('This cannot be shown')} description={message_of(this.state.problem)}
      action={<Button size="small" onClick={() => this.setState({ problem: undefined })}>{t('Try again')}</Button>} />
  }
}
