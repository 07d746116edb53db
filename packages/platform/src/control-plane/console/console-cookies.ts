import type { FastifyReply, FastifyRequest } from 'fastify'

/** One cookie of the console, that no script reads. */
export interface ConsoleCookie {
  read(request: FastifyRequest): string | undefined
  /** Without a lifetime it goes when the browser is closed. */
  set(reply: FastifyReply, value: string, maxAgeS?: number): void
  clear(reply: FastifyReply): void
}

/**
 * The two cookies of the console at `url`. Over https they are `Secure` and bound to this host by their name (`__Host-`, RFC 6265bis, 4.1.3.2).
 * On `http://localhost` they are neither, since Safari keeps no `Secure` cookie there.
 */
export function consoleCookies(url: string): { session: ConsoleCookie; signIn: ConsoleCookie } {
  const isSecure = url.startsWith('https:')
  const cookie = (name: string, sameSite: 'Strict' | 'Lax') =>
    createCookie(
      `${isSecure ? '__Host-' : ''}${name}`,
      `Path=/; HttpOnly; SameSite=${sameSite}${isSecure ? '; Secure' : ''}`,
    )
  return {
    // The page itself needs none, and all that it asks for is asked from its own origin.
    session: cookie('tenantry-session', 'Strict'),
    // The way back from the issuer comes from another site.
    signIn: cookie('tenantry-sign-in', 'Lax'),
  }
}

function createCookie(name: string, attributes: string): ConsoleCookie {
  return {
    read({ headers }) {
      const values = (headers.cookie ?? '')
        .split(';')
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(`${name}=`))
      // Of two with one name, one was put there by somebody else.
      return values.length === 1 ? values[0]?.slice(name.length + 1) : undefined
    },
    set(reply, value, maxAgeS) {
      const lifetime = maxAgeS === undefined ? '' : `; Max-Age=${maxAgeS}`
      reply.header('set-cookie', `${name}=${value}; ${attributes}${lifetime}`)
    },
    clear(reply) {
      reply.header('set-cookie', `${name}=; ${attributes}; Max-Age=0`)
    },
  }
}
