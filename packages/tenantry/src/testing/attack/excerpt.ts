import type { Answer } from './http-client.ts'

const around = 60

/** The status of an answer, and what stands around `text` in it. */
export function excerptOf({ status, headers, body }: Answer, text?: string): string {
  const inHeader = text !== undefined && !body.toLowerCase().includes(text.toLowerCase())
  const whole = inHeader
    ? Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}`)
        .join(', ')
    : body
  const at = text === undefined ? 0 : Math.max(0, whole.toLowerCase().indexOf(text.toLowerCase()))
  const start = Math.max(0, at - around)
  const end = Math.min(whole.length, at + (text?.length ?? 0) + around)
  const part = whole.slice(start, end).replaceAll(/\s+/g, ' ')
  return `${status} ${start > 0 ? '…' : ''}${part}${end < whole.length ? '…' : ''}`.trim()
}
