import type { RequestHandler } from 'express'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const issuer = process.env.ISSUER ?? 'https://id.example.com'
const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))

/** Finds out whose request this is, or answers 401. */
export const authenticate: RequestHandler = async (request, response, next) => {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience: 'projects' })
    response.locals.organizationId = payload.organization_id
  } catch {
    response.status(401).json({ message: 'sign in first' })
    return
  }
  next()
}
