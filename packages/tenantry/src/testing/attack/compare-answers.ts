import type { Answer } from './http-client.ts'
import { leavesOf, readJson } from './json.ts'

/** What an answer says, leaf by leaf, under names that are the same for the same place. */
export function readLeaves({ body }: Pick<Answer, 'body'>): Map<string, string> {
  const json = readJson(body)
  if (json === undefined) return new Map([['', body]])
  return new Map([...leavesOf(json)].map(({ pointer, value }) => [pointer.join('.'), JSON.stringify(value)]))
}

/** The places at which two answers differ. */
export function differences(one: Map<string, string>, other: Map<string, string>): string[] {
  const places = new Set([...one.keys(), ...other.keys()])
  return [...places].filter((place) => one.get(place) !== other.get(place))
}

/** The same text with every mention of `value` taken out, so that answers about different ids can be compared. */
export function without(answer: Answer, values: readonly string[]): Answer {
  const body = values.reduce(
    (text, value) => text.replaceAll(value, '‹›').replaceAll(encodeURIComponent(value), '‹›'),
    answer.body,
  )
  return { ...answer, body }
}
