import type { KeptRequest } from '../../api/requests.ts'

/** How requests were answered, as the page lets choose. */
export const answers = [
  { value: 'any', text: 'All' },
  { value: 'refused', text: 'Refused' },
  { value: 'failed', text: 'Failed' },
] as const

export type AnswerKind = (typeof answers)[number]['value']

/** Those that were answered so: `refused` with 400 to 499, `failed` with 500 and above. */
export function chooseRequests<R extends Pick<KeptRequest, 'status'>>(
  requests: readonly R[],
  kind: AnswerKind,
): readonly R[] {
  if (kind === 'any') return requests
  const [from, to] = kind === 'refused' ? [400, 500] : [500, 1_000]
  return requests.filter(({ status }) => status !== null && status >= from && status < to)
}
