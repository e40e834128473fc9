import { useEffect } from 'react'

/** Calls `load` now and again `pause_ms` after each of its ends, while the page is looked at. */
export function use_polling(load: () => Promise<void>, pause_ms: number) {
  useEffect(() => {
    let timer = 0, over = false
    const loop = async () => {
      if (!document.hidden) await load()
      if (!over) timer = window.setTimeout(loop, pause_ms)
    }
    loop()
    return () => { over = true; clearTimeout(timer) }
  }, [load, pause_ms])
}
