import { InvalidArgumentError } from 'commander'

/** A time that a flag names: a day, which begins at midnight (UTC), or RFC 3339. Throws commander's own error. */
export function readTime(text: string): string {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text
  if (!Number.isNaN(Date.parse(time))) return time
  throw new InvalidArgumentError('give a day or an RFC 3339 time')
}
