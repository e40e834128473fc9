// The language of the console. English texts are the keys; a text without a Chinese row stays English.
import { createContext, useContext } from 'react'
import { chinese } from './chinese.ts'

export type Language = 'en' | 'zh'
export const LanguageContext = createContext<Language>('en')

/** Texts that were wanted in Chinese and have none, for the browser test to look at. */
const untranslated = new Set<string>()
Object.assign(globalThis, { untranslated })

export const use_language = () => useContext(LanguageContext)

export function use_text() {
  const language = use_language()
  return (text: string) => {
    if (language !== 'zh' || !text) return text
    if (!(text in chinese)) untranslated.add(text)
    return chinese[text] ?? text
  }
}
