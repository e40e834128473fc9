// The variables of the session: type, form, size and memory; a click shows a page of one.
import { bytes } from '../format.ts'
import { use_text } from '../i18n.ts'

export interface Variable { name: string, type: string, form: string, rows: number, columns: number, bytes: bigint, extra: string, value?: string }

/** Rows and columns; of a scalar or a pair its value. */
function size_of({ form, rows, columns, value }: Variable) {
  if (form === 'SCALAR' || form === 'PAIR') return value ?? ''
  return form === 'TABLE' || form === 'MATRIX' ? `${rows.toLocaleString('en')} × ${columns}` : rows.toLocaleString('en')
}

export function Variables({ variables, show }: { variables: Variable[], show: (name: string) => void }) {
  const t = use_text()
  return <section className="variables" data-test="variables">
    <h3>{t('Local variables')}</h3>
    {!variables.length && <p className="nothing">{t('No variables yet')}</p>}
    {variables.map(v => <button type="button" className="variable" key={v.name} onClick={() => show(v.name)} data-test={`var-${v.name}`} title={`${t('Preview')} ${v.name}`}>
      <span className="mono name">{v.name}</span><span className="size">{size_of(v)}</span>
      <small>{[v.form.toLowerCase(), v.form === 'TABLE' || v.form === 'DICTIONARY' && !v.type ? '' : v.type].filter(Boolean).join(' · ')}</small><small>{bytes(v.bytes)}</small>
    </button>)}
  </section>
}
