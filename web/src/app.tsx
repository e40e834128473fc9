// The frame: login or the screens, theme, language.
import { Suspense, lazy, useEffect, useState } from 'react'
import { Alert, App as Antd, Button, ConfigProvider, Dropdown, Layout, Segmented, Spin, Tag, theme } from 'antd'
import chinese_locale from 'antd/locale/zh_CN'
import { MoonOutlined, SunOutlined, UserOutlined } from '@ant-design/icons'
import { LanguageContext, use_text, type Language } from './i18n.ts'
import { close, logout, Mode, mode_words, resume, type Session } from './session.ts'
import { use_watch } from './watch.ts'
import { keep, load_kept, use_kept } from './store.ts'
import { Fence } from './fence.tsx'
import { Login } from './login.tsx'
import { ScreenMenu, screens_of } from './menu.tsx'
import { PasswordDialog } from './password.tsx'
import { Overview } from './overview.tsx'

const Shell = lazy(() => import('./shell/shell.tsx'))
const Config = lazy(() => import('./config.tsx'))
const Files = lazy(() => import('./files.tsx'))
const Jobs = lazy(() => import('./jobs.tsx'))
const Recovery = lazy(() => import('./recovery.tsx'))
const Logs = lazy(() => import('./logs.tsx'))

export type Go = (screen: string, subject?: string) => void

export function App() {
  const [language, set_language] = use_kept('language', navigator.language.startsWith('zh') ? 'zh' : 'en')
  const [look, set_look] = use_kept('look', matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  const [session, set_session] = useState<Session | null | undefined>()
  const [expired, set_expired] = useState(false)
  const leave = (why_expired = false) => { set_expired(why_expired); set_session(null) }
  useEffect(() => {
    const had_ticket = Boolean(load_kept('ticket'))
    resume().then(found => { set_session(found ?? null); set_expired(had_ticket && !found) }, () => set_session(null))
  }, [])
  // Who logs out in one tab is logged out in all of them.
  useEffect(() => {
    const follow = (event: StorageEvent) => {
      if (event.key !== 'pelorus.ticket' || event.newValue || !session) return
      close(session)
      leave()
    }
    addEventListener('storage', follow)
    return () => removeEventListener('storage', follow)
  }, [session])
  useEffect(() => { document.documentElement.lang = language }, [language])
  const dark = look === 'dark', calm = matchMedia('(prefers-reduced-motion: reduce)').matches
  const switches = <Switches {...{ language, set_language, dark, set_look }} />
  return <LanguageContext.Provider value={language as Language}>
    <ConfigProvider locale={language === 'zh' ? chinese_locale : undefined} theme={{
      algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
      token: { colorPrimary: dark ? '#35b3c6' : '#0b6e7f', colorLink: dark ? '#5cc8d7' : '#0b6e7f', colorInfo: dark ? '#2aa5b8' : '#0b6e7f', colorError: dark ? '#ff7875' : '#c41d1d', borderRadius: 6, fontFamily: 'inherit', motion: !calm,
        colorTextDescription: dark ? '#ffffffb8' : '#000000a6', colorTextPlaceholder: dark ? '#ffffff8c' : '#00000094',
        colorBgLayout: dark ? '#0e1113' : '#f3f5f6', colorBgContainer: dark ? '#171b1e' : '#ffffff' },
      components: {
        Tree: { nodeSelectedBg: dark ? '#123f47' : '#d9eef1' },
        Menu: { itemSelectedBg: dark ? '#123f47' : '#d9eef1', itemSelectedColor: dark ? '#9be3ee' : '#07515e' },
        Layout: { triggerBg: dark ? '#1f2529' : '#ffffff', triggerColor: dark ? '#ffffff' : '#333333', lightTriggerBg: '#ffffff' },
        Button: dark ? { primaryColor: '#06272c' } : {},
      } }}>
      <Antd style={{ height: '100%' }} className={dark ? 'dark' : 'light'}>
        <Skin dark={dark}>
          {session === undefined ? <div className="login"><Spin size="large" /></div>
            : session === null ? <><div className="corner">{switches}</div><Login done={set_session} expired={expired} /></>
            : <Frame session={session} leave={leave} renewed={set_session} dark={dark}
                switches={switches} />}
        </Skin>
      </Antd>
    </ConfigProvider>
  </LanguageContext.Provider>
}

function Skin({ children, dark }: { children: React.ReactNode, dark: boolean }) {
  const { token } = theme.useToken()
  const style = { height: '100%', background: token.colorBgLayout, color: token.colorText,
    '--line': token.colorBorderSecondary, '--head': dark ? '#262c30' : '#eceff1', '--panel': token.colorBgContainer } as React.CSSProperties
  return <div style={style}>{children}</div>
}

function Switches(p: { language: string, set_language: (x: string) => void, dark: boolean, set_look: (x: string) => void }) {
  const t = use_text()
  return <>
    <Button type="text" aria-label={t(p.dark ? 'Light' : 'Dark')} icon={p.dark ? <SunOutlined /> : <MoonOutlined />}
      onClick={() => p.set_look(p.dark ? 'light' : 'dark')} data-test="look" />
    <Segmented size="small" value={p.language} onChange={p.set_language}
      options={[{ value: 'en', label: 'EN' }, { value: 'zh', label: '中文' }]} />
  </>
}

function hash() {
  const [screen, ...rest] = location.hash.slice(1).split('/')
  return [screen, decodeURIComponent(rest.join('/'))]
}

interface FrameProps {
  session: Session, leave: (expired?: boolean) => void, renewed: (session: Session) => void, dark: boolean, switches: React.ReactNode
}

function Frame({ session, leave, renewed, dark, switches }: FrameProps) {
  const t = use_text()
  const { message } = Antd.useApp()
  const { token } = theme.useToken()
  const home = session.mode === Mode.controller ? 'overview' : 'shell'
  const [[screen, subject], set_place] = useState(hash)
  const [initial, set_initial] = useState(Boolean(load_kept('initialPassword')))
  const [changing, set_changing] = useState(false)
  useEffect(() => {
    const follow = () => set_place(hash())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const go: Go = (to, about = '') => { location.hash = to + (about ? '/' + encodeURIComponent(about) : '') }
  const shown = screens_of(session).some(item => item.key === screen) ? screen : home
  const end = () => { logout(session).finally(() => leave()) }
  const lost = use_watch(session, fresh => {
    message.warning(t('Connected again. The local variables of the lost session are gone.'), 8)
    renewed(fresh)
  }, () => leave(true))
  return <Layout style={{ height: '100%' }}>
    <Layout.Header style={{ background: token.colorBgContainer, borderBottom: `1px solid ${token.colorBorderSecondary}`,
      display: 'flex', alignItems: 'center', gap: 12, padding: '0 16px', height: 52, lineHeight: '52px' }}>
      <div className="brand"><img src="./icon.svg" alt="" />Pelorus</div>
      <Tag data-test="node">{session.alias}</Tag>
      <span style={{ opacity: .75 }}>{t(mode_words[session.mode])} · {session.version}</span>
      <span className="grow" />{switches}
      <Dropdown trigger={['click']} menu={{ items: [{ key: 'password', label: t('Change password') },
        { key: 'logout', label: t('Log out') }], onClick: ({ key }) => key === 'logout' ? end() : set_changing(true) }}>
        <Button type="text" icon={<UserOutlined />} data-test="user">{session.user}</Button>
      </Dropdown>
    </Layout.Header>
    {lost && <Alert banner type="error" message={t('The connection is lost. Trying again…')} data-test="lost" />}
    {initial && <Alert banner type="warning" data-test="initial-password"
      message={t('The initial password of admin is still in use. Anyone who reads the tutorial knows it.')}
      action={<Button size="small" onClick={() => set_changing(true)}>{t('Change password')}</Button>} />}
    <PasswordDialog session={session} open={changing} close={() => set_changing(false)}
      changed={() => { keep('initialPassword', ''); set_initial(false) }} />
    <Layout>
      <Layout.Sider theme={dark ? 'dark' : 'light'} breakpoint="xl" collapsible width={262} collapsedWidth={52}
        style={{ background: token.colorBgContainer, borderRight: `1px solid ${token.colorBorderSecondary}` }}>
        <ScreenMenu {...{ session, shown, go }} />
      </Layout.Sider>
      <Layout.Content style={{ minWidth: 0, minHeight: 0 }}>
        <Suspense fallback={<div className="login"><Spin /></div>}>
          {/* The editor stays mounted: leaving its screen must not lose a result or a running script. */}
          <Kept shown={shown === 'shell'}><Fence of={session}><Shell session={session} dark={dark} /></Fence></Kept>
          <Fence of={shown}>
            {shown === 'overview' && <Overview session={session} go={go} />}
            {shown === 'controllerConfig' && <Config session={session} kind="controller" key="controller" go={go} />}
            {shown === 'nodesConfig' && <Config session={session} kind="nodes" key="nodes" go={go} tab={subject} />}
            {shown === 'files' && <Files session={session} />}
            {shown === 'jobs' && <Jobs session={session} />}
            {shown === 'recovery' && <Recovery session={session} />}
            {shown === 'logs' && <Logs session={session} node={subject} go={go} />}
          </Fence>
        </Suspense>
      </Layout.Content>
    </Layout>
  </Layout>
}

function Kept({ shown, children }: { shown: boolean, children: React.ReactNode }) {
  const [seen, set_seen] = useState(shown)
  useEffect(() => { if (shown) set_seen(true) }, [shown])
  return seen || shown ? <div style={{ display: shown ? 'block' : 'none', height: '100%' }}>{children}</div> : null
}
