// The menu of the screens.
import { Menu } from 'antd'
import { AppstoreOutlined, CodeOutlined, ControlOutlined, FileTextOutlined, FolderOpenOutlined, SafetyOutlined, ScheduleOutlined, SettingOutlined } from '@ant-design/icons'
import { use_text } from './i18n.ts'
import { Mode, type Session } from './session.ts'

/** The screens that this user has on this node, with their English names. */
export function screens_of(session: Session) {
  const of_cluster = session.mode === Mode.controller && session.is_admin
  return [{ key: 'overview', icon: <AppstoreOutlined />, label: 'Overview' },
    { key: 'shell', icon: <CodeOutlined />, label: 'Interactive' },
    ...of_cluster ? [{ key: 'controllerConfig', icon: <ControlOutlined />, label: 'Controller config' },
      { key: 'nodesConfig', icon: <SettingOutlined />, label: 'Nodes config' }] : [],
    { key: 'files', icon: <FolderOpenOutlined />, label: 'File system' },
    { key: 'jobs', icon: <ScheduleOutlined />, label: 'Jobs' },
    { key: 'recovery', icon: <SafetyOutlined />, label: 'Recovery and transactions' },
    { key: 'logs', icon: <FileTextOutlined />, label: 'Logs' }]
}

/** Where a key leads from the item at `at`; from outside of the items (-1) up and down lead to the one that is chosen. */
const steps: Record<string, (at: number, count: number, chosen: number) => number> = {
  ArrowDown: (at, count, chosen) => at < 0 ? chosen : (at + 1) % count,
  ArrowUp: (at, count, chosen) => at < 0 ? chosen : (at + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
}

/** Moves the focus at once. The menu's own way waits for the next frame, so that an Enter before it chose the item that was left. */
function move(event: React.KeyboardEvent<HTMLElement>) {
  const step = steps[event.key]
  if (!step) return
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]')]
  const chosen = items.findIndex(item => item.classList.contains('ant-menu-item-selected'))
  items[step(items.findIndex(item => item.contains(document.activeElement)), items.length, Math.max(0, chosen))]?.focus()
  event.preventDefault()
  event.stopPropagation()
}

export function ScreenMenu({ session, shown, go }: { session: Session, shown: string, go: (screen: string) => void }) {
  const t = use_text()
  return <div onKeyDownCapture={move}>
    <Menu mode="inline" inlineIndent={14} selectedKeys={[shown]} items={screens_of(session).map(item => ({ ...item, label: t(item.label) }))}
      onClick={({ key }) => go(key)} style={{ border: 0, background: 'none' }} />
  </div>
}
