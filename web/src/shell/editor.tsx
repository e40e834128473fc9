// CodeMirror with the language, the error mark and the keys of the console.
import { useEffect, useImperativeHandle, useRef, forwardRef } from 'react'
import { Compartment, EditorState, Prec, StateEffect, StateField } from '@codemirror/state'
import { Decoration, EditorView, drawSelection, highlightActiveLine, hoverTooltip, keymap, lineNumbers, showTooltip, type DecorationSet, type Tooltip } from '@codemirror/view'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { autocompletion, closeBrackets, closeCompletion, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { searchKeymap } from '@codemirror/search'
import { tags } from '@lezer/highlight'
import { use_language } from '../i18n.ts'
import { completer, describe_function, language, speak } from './language.ts'

export interface EditorHandle {
  /** The selection with the number of its first line, or the whole text. */
  code: (selection: boolean) => { text: string, line: number }
  mark: (line?: number) => void
}

const mark_line = StateEffect.define<number | undefined>()
const error_line = Decoration.line({ class: 'cm-error-line' })
const error_mark = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, change) {
    if (change.docChanged) marks = Decoration.none
    for (const effect of change.effects) if (effect.is(mark_line)) {
      const line = effect.value
      marks = line && line <= change.state.doc.lines ? Decoration.set([error_line.range(change.state.doc.line(line).from)]) : Decoration.none
    }
    return marks
  },
  provide: field => EditorView.decorations.from(field),
})

function tip(text: string, summary: string) {
  const dom = document.createElement('div')
  dom.style.cssText = 'padding:4px 8px;max-width:480px;font-size:12.5px'
  const head = dom.appendChild(document.createElement('code'))
  head.textContent = text
  dom.appendChild(document.createElement('div')).textContent = summary
  return { dom }
}

const hover = hoverTooltip((view, pos) => {
  const word = view.state.wordAt(pos)
  const found = word && describe_function(view.state.sliceDoc(word.from, word.to))
  return found ? { pos: word.from, end: word.to, above: true, create: () => tip(found.syntax, found.summary) } : null
})

/** The signature of the call the cursor stands in. */
function signature(state: EditorState): Tooltip | null {
  const at = state.selection.main.head, line = state.doc.lineAt(at)
  let depth = 0
  for (let i = at - line.from - 1; i >= 0; i--) {
    const c = line.text[i]
    if (c === ')') depth++
    if (c === '(' && depth-- === 0) {
      const name = /[A-Za-z_]\w*!?$/.exec(line.text.slice(0, i))?.[0], found = name && describe_function(name)
      return found ? { pos: line.from + i, above: true, create: () => tip(found.syntax, found.summary) } : null
    }
  }
  return null
}
/** The summaries have come in another language. */
const spoken_anew = StateEffect.define<null>()
const signatures = StateField.define<Tooltip | null>({
  create: () => null,
  update: (old, change) => change.docChanged || change.selection || change.effects.some(effect => effect.is(spoken_anew)) ? signature(change.state) : old,
  provide: field => showTooltip.from(field),
})

const colors = (dark: boolean) => syntaxHighlighting(HighlightStyle.define([
  { tag: tags.keyword, color: dark ? '#c792ea' : '#8a2b9a', fontWeight: '600' },
  { tag: tags.string, color: dark ? '#a5d6a7' : '#1b6e2a' }, { tag: tags.number, color: dark ? '#f7a072' : '#a04000' },
  { tag: tags.atom, color: dark ? '#f7a072' : '#a04000' }, { tag: tags.comment, color: dark ? '#8b98a5' : '#5f6b76', fontStyle: 'italic' },
  { tag: tags.function(tags.variableName), color: dark ? '#82c4ff' : '#0a58a8' }, { tag: tags.operator, color: dark ? '#9fd3dc' : '#0b5d6b' },
]))
const skin = (dark: boolean) => [colors(dark), EditorView.theme({
  '&': { backgroundColor: dark ? '#16191d' : '#ffffff', color: dark ? '#e3e6e9' : '#1c2126' },
  '.cm-gutters': { backgroundColor: dark ? '#16191d' : '#f7f8f9', color: dark ? '#8b98a5' : '#5f6b76', border: '0' },
  '.cm-activeLine': { backgroundColor: dark ? '#ffffff0a' : '#0b6e7f0c' }, '&.cm-focused': { outline: 'none' },
  '.cm-cursor': { borderLeftColor: dark ? '#fff' : '#000' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: dark ? '#2a5d69 !important' : '#b9e2ea !important' },
}, { dark })]

/** The words of the search panel. */
const chinese_phrases = EditorState.phrases.of({ Find: '查找', Replace: '替换', next: '下一个', previous: '上一个', all: '全部', 'match case': '区分大小写', 'by word': '全词匹配',
  regexp: '正则表达式', replace: '替换', 'replace all': '全部替换', close: '关闭', 'current match': '当前匹配', 'on line': '位于行', Completions: '补全', 'Control character': '控制字符',
  'replaced match on line $': '已替换第 $ 行的匹配', 'replaced $ matches': '已替换 $ 处匹配', 'Go to line': '转到行', go: '转到' })

interface Props { text: string, changed: (text: string) => void, dark: boolean, run: (selection: boolean) => void, variables: () => string[] }

export const Editor = forwardRef<EditorHandle, Props>(function Editor(props, ref) {
  const place = useRef<HTMLDivElement>(null), view = useRef<EditorView>(), look = useRef(new Compartment()), words = useRef(new Compartment())
  const spoken = use_language()
  const live = useRef(props)
  live.current = props
  useEffect(() => {
    const go = (selection: boolean) => () => { live.current.run(selection); return true }
    view.current = new EditorView({ parent: place.current!, state: EditorState.create({ doc: props.text, extensions: [
      lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), language, error_mark, hover, signatures,
      autocompletion({ override: [completer(() => live.current.variables())] }),
      Prec.highest(keymap.of([{ key: 'Mod-Enter', run: go(true) }, { key: 'Mod-e', run: go(true) }])),
      keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
      EditorView.updateListener.of(update => { if (update.docChanged) live.current.changed(update.state.doc.toString()) }),
      EditorView.contentAttributes.of({ 'aria-label': 'script' }), look.current.of(skin(props.dark)), words.current.of([]),
    ] }) })
    return () => view.current?.destroy()
  }, [])
  useEffect(() => view.current?.dispatch({ effects: look.current.reconfigure(skin(props.dark)) }), [props.dark])
  useEffect(() => {
    speak(spoken).then(() => view.current?.dispatch({ effects: spoken_anew.of(null) }), () => {})  // English summaries then
    view.current?.dispatch({ effects: words.current.reconfigure(spoken === 'zh' ? chinese_phrases : []) })
  }, [spoken])
  useImperativeHandle(ref, () => ({
    code: selection => {
      const state = view.current!.state, main = state.selection.main
      if (!selection || main.empty) return { text: state.doc.toString(), line: 1 }
      return { text: state.sliceDoc(main.from, main.to), line: state.doc.lineAt(main.from).number }
    },
    mark: line => {
      const state = view.current!.state
      closeCompletion(view.current!)
      const effects: StateEffect<any>[] = [mark_line.of(line)]
      if (line && line <= state.doc.lines) effects.push(EditorView.scrollIntoView(state.doc.line(line).from, { y: 'center' }))
      view.current!.dispatch({ effects })
    },
  }), [])
  return <div className="editor" ref={place} data-test="editor" />
})
