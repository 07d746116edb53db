const name =
  /^(?=.{1,253}\.?(?::|$))([a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*)\.?(?::(\d{1,5}))?$/
const literal = /^\[[\da-f:.]+\](?::(\d{1,5}))?$/

/**
 * The host of an authority in its one form: lower case, without port and without the dot of the root. `undefined` for what is not in
 * its plain form: other characters than a host's, an encoded one, an empty label, an empty or impossible port.
 */
export function readHost(authority: string): string | undefined {
  // Before the case is folded: `İ` and the Kelvin sign fold into letters of other names.
  if (!/^[\x21-\x7e]+$/.test(authority)) return undefined
  const folded = authority.toLowerCase()
  const [, host, port = '1'] = name.exec(folded) ?? []
  if (Number(port) < 1 || Number(port) > 65_535) return undefined
  return host ?? (literal.test(folded) ? folded.replace(/:\d+$/, '') : undefined)
}
