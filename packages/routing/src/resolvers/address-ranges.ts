import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

/** An address, or a range of them: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. */
export const addressRange = z
  .string()
  .refine((text) => parse(text) !== undefined, 'use an address or a range such as `10.0.0.0/8`')

/** Makes the question whether an address is in any of these ranges. IPv4 in IPv6's notation is IPv4. */
export function createAddressRanges(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const text of ranges) {
    const range = parse(text)
    if (range) list.addSubnet(range.address, range.bits, range.family)
  }
  return (address) => {
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
}

function parse(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', length, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return undefined
  const longest = family === 4 ? 32 : 128
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined
  const bits = length === undefined ? longest : Number(length)
  return bits > longest ? undefined : { address, bits, family: family === 4 ? 'ipv4' : 'ipv6' }
}
