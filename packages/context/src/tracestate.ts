const membersMax = 32
const lengthMax = 512

const key = /^[a-z\d][a-z\d_\-*/@]{0,255}$/
// Printable ASCII without comma and equals sign; the last one is no space.
const value = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/**
 * Reads `tracestate` (W3C Trace Context, level 2) from each value of the header, in order. `undefined` when there is nothing in it, or
 * when any of it is not valid. Of more than 512 characters the oldest members are left out, whole ones alone.
 */
export function readTracestate(values: readonly string[]): string | undefined {
  const members = values
    .join(',')
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '')
  const names = members.map((member) => member.slice(0, Math.max(0, member.indexOf('='))))
  const isValid =
    members.length <= membersMax &&
    new Set(names).size === names.length &&
    members.every((member, at) => {
      const name = names[at] ?? ''
      return key.test(name) && value.test(member.slice(name.length + 1))
    })
  if (!isValid) return undefined
  while (members.join(',').length > lengthMax) members.pop()
  return members.length === 0 ? undefined : members.join(',')
}
