import type { Answer } from './http-client.ts'
import { type Json, leavesOf } from './json.ts'
import { plainName } from './names.ts'
import type { Party } from './party.ts'

const linksMax = 60
const cursorNames =
  /^(next|prev|previous)?(cursor|pagetoken|continuationtoken|nexttoken|continuation|token|after|before|next)$/

/** Remembers the addresses and cursors in an answer to `party`. */
export function learnLinks(party: Party, { headers }: Answer, body: Json | undefined): void {
  for (const address of [headers.location, ...linkTargets(headers.link)]) if (address) addLink(party, address)
  for (const { value, path } of leavesOf(body)) {
    if (typeof value !== 'string' || value.length > 2_000) continue
    if (/^(https?:\/\/|\/)[^\s]+$/.test(value)) addLink(party, value)
    else if (cursorNames.test(plainName(String(path.at(-1) ?? ''))))
      party.cursors.set(value, String(path.at(-1)))
  }
}

function addLink(party: Party, address: string): void {
  const { links } = party
  links.delete(address)
  links.add(address)
  for (const oldest of links) {
    if (links.size <= linksMax) break
    links.delete(oldest)
  }
}

function linkTargets(header = ''): string[] {
  return [...header.matchAll(/<([^>]+)>/g)].map(([, target = '']) => target)
}
