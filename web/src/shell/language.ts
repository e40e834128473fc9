// Highlighting and completion. Names come from the server's own table of functions.
import { StreamLanguage, type StringStream } from '@codemirror/language'
import type { Completion, CompletionContext } from '@codemirror/autocomplete'
import functions from 'virtual:functions'
import type { Language } from '../i18n.ts'

export const keywords = ('select exec update delete insert into values from where group by context pivot cgroup order limit top having ' +
  'csort as in like between and or not asc desc case when then else end def return if for do while break continue go try catch throw ' +
  'mapr module use include share const dictionary table true false NULL distinct join left inner full on drop alter create database set nulls first last').split(' ')
const words = new Set(keywords)
const known = new Map(functions.flatMap(row => [row[0], ...row[3]].map(name => [name, row] as const)))
let chinese: Record<string, string> = {}

/** The summaries of functions are told in this language from now on. */
export async function speak(language: Language) {
  chinese = language === 'zh' ? (await import('./chinese_functions.json')).default : {}
}

/** Syntax and summary of a function, by its name or another one it has. */
export function describe_function(name: string) {
  const row = known.get(name)
  return row && { syntax: name + row[1].slice(row[0].length), summary: chinese[row[0]] ?? row[2] }
}

interface State { comment: boolean }

function token(stream: StringStream, state: State): string | null {
  if (state.comment) {
    if (stream.skipTo('*/')) { stream.match('*/'); state.comment = false } else stream.skipToEnd()
    return 'comment'
  }
  if (stream.eatSpace()) return null
  if (stream.match('//')) { stream.skipToEnd(); return 'comment' }
  if (stream.match('/*')) { state.comment = true; return 'comment' }
  if (stream.match(/^"(\\.|[^"\\])*"?/) || stream.match(/^'(\\.|[^'\\])*'?/)) return 'string'
  if (stream.match(/^`\w*/)) return 'string'
  if (stream.match(/^\d{4}\.\d\d(M|\.\d\d(T[\d:.]+)?)/) || stream.match(/^\d\d:\d\d(m|:\d\d(\.\d+)?)/)) return 'atom'
  if (stream.match(/^\d+(\.\d+)?([eE][+-]?\d+)?[a-zA-Z]{0,2}/)) return 'number'
  if (stream.match(/^[A-Za-z_]\w*!?/)) {
    const word = stream.current()
    if (words.has(word) || words.has(word.toLowerCase()) && word === word.toUpperCase()) return /^(true|false|NULL)$/.test(word) ? 'atom' : 'keyword'
    return known.has(word) && /^\s*\(/.test(stream.string.slice(stream.pos)) ? 'function' : 'variableName'
  }
  if (stream.match(/^[-+*/%<>=!&|^~?:$\\@.]+/)) return 'operator'
  stream.next()
  return null
}

export const language = StreamLanguage.define<State>({
  name: 'dolphindb', startState: () => ({ comment: false }), token,
  tokenTable: {},
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } } },
})

const fixed: Completion[] = [
  ...keywords.map(label => ({ label, type: 'keyword' })),
  ...[...known.keys()].map(label => ({ label, type: 'function', detail: describe_function(label)!.syntax.slice(label.length),
    info: () => document.createTextNode(describe_function(label)!.summary) })),
]

/** Completes keywords, functions, the variables of the session and the words of the text. */
export function completer(variables: () => string[]) {
  return (context: CompletionContext) => {
    const word = context.matchBefore(/[A-Za-z_]\w*/)
    if (!word || word.from === word.to && !context.explicit) return null
    return { from: word.from, validFor: /^\w*!?$/,
      options: [...fixed, ...variables().map(label => ({ label, type: 'variable', boost: 2 }))] }
  }
}
