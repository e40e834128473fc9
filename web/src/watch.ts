// Keeps the session of an open page alive: a lost connection is made anew, an ended session leads back to the login.
import { useCallback, useRef, useState } from 'react'
import { close, is_logged_in, renew_ticket, resume, type Session } from './session.ts'
import { use_polling } from './polling.ts'

const look_ms = 2000
const renew_ms = 3_600_000

/** True while the node gives no answer. */
export function use_watch(session: Session, renewed: (session: Session) => void, expired: () => void): boolean {
  const [lost, set_lost] = useState(false)
  const issued = useRef(Date.now())
  const look = useCallback(async () => {
    try {
      if (session.ddb.connected && session.shell.connected) {
        set_lost(false)
        if (!await is_logged_in(session)) return expired()
        if (Date.now() - issued.current > renew_ms) {
          await renew_ticket(session)
          issued.current = Date.now()
        }
        return
      }
      set_lost(true)
      const fresh = await resume()
      close(session)
      if (fresh) renewed(fresh)
      else expired()
    } catch { /* no answer yet: the next look tries again */ }
  }, [session])
  use_polling(look, look_ms)
  return lost
}
