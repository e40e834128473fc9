import { useEffect, useState } from 'react'

/** Calls `load` at once, then again `pause_ms` after each of its ends while the page is looked at and `goes_on`; what takes long is called less often.
 *  True once the first of them has ended: what is shown before is not the answer yet. */
export function use_polling(load: () => Promise<void>, pause_ms: number, goes_on = true): boolean {
  const [loaded, set_loaded] = useState(false)
  useEffect(() => {
    let timer = 0, over = false, first = true
    const loop = async () => {
      const begin = performance.now()
      if (first || !document.hidden) await load()
      first = false
      if (!over) set_loaded(true)
      if (!over && goes_on) timer = window.setTimeout(loop, Math.max(pause_ms, 10 * (performance.now() - begin)))
    }
    loop()
    return () => { over = true; clearTimeout(timer) }
  }, [load, pause_ms, goes_on])
  return loaded
}
