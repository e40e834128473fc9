// A value that outlives a reload, kept under `pelorus.<key>`.
import { useState } from 'react'

export function load_kept(key: string): string {
  try { return localStorage.getItem('pelorus.' + key) ?? '' } catch { return '' }
}

export function keep(key: string, value: string) {
  try {
    if (value) localStorage.setItem('pelorus.' + key, value)
    else localStorage.removeItem('pelorus.' + key)
  } catch { /* storage may be forbidden or full: the console works without */ }
}

export function use_kept(key: string, fallback: string) {
  const [value, set] = useState(() => load_kept(key) || fallback)
  return [value, (next: string) => { keep(key, next); set(next) }] as const
}
