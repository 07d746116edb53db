import { useState } from 'react'
import { readOperator } from '../../api/session.ts'
import { useResource } from '../../use-resource.ts'

/** By which name something is put on record. */
export interface OperatorName {
  readonly name: string
  /** True where it is whoever is signed in; else it has to be said. */
  readonly isKnown: boolean
  readonly say: (name: string) => void
}

/** Who is signed in; where the control plane tells of nobody, who says so. */
export function useOperatorName(): OperatorName {
  const { data } = useResource('session', readOperator)
  const [said, say] = useState('')
  return {
    name: data ? (data.name || data.subject).slice(0, 64) : said.trim(),
    isKnown: data !== undefined,
    say,
  }
}

/** Asks who it is. */
export function OperatorField({ operator }: { operator: OperatorName }) {
  return (
    <label className="field is-inline">
      <span>Who you are, for the record</span>
      <input type="text" required maxLength={64} onChange={({ target }) => operator.say(target.value)} />
    </label>
  )
}
