import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { TenantryError } from './errors.ts'
import type { WorkloadAudience, WorkloadCredential } from './workload-audience.ts'

const rereadMs = 1_000
const bytesMax = 8_192
const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
// The audience is a path below the folder, and leads nowhere else.
const audiencePath = /^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)?$/

/**
 * Gives the tokens that somebody else keeps in files of one folder, such as the kubelet in a projected volume: a file for each
 * audience, at the audience's own name. A file is read again after 1 s, so that a token that was replaced is known by then.
 * Throws `CREDENTIAL_MISSING` (503) for a file that is not there or holds no token, and `CREDENTIAL_EXPIRED` (503) for one that
 * nobody replaced in time.
 */
export function projectedCredential(folder: string): WorkloadCredential {
  const known = new Map<WorkloadAudience, { token: string; expiresAtMs: number; untilMs: number }>()
  return (audience) => {
    const nowMs = Date.now()
    let read = known.get(audience)
    if (!read || nowMs >= Math.min(read.untilMs, read.expiresAtMs)) {
      known.delete(audience)
      read = { ...readToken(folder, audience), untilMs: nowMs + rereadMs }
      if (read.expiresAtMs <= nowMs) throw expired(audience)
      known.set(audience, read)
    }
    return read.token
  }
}

function readToken(folder: string, audience: WorkloadAudience): { token: string; expiresAtMs: number } {
  if (!audiencePath.test(audience)) throw missing(audience, 'it is no name of a file')
  let token: string
  try {
    const file = join(folder, audience)
    // What is no plain file could keep whoever reads it waiting.
    const stats = statSync(file)
    if (!stats.isFile() || stats.size > bytesMax) throw new Error('it is no file of a token’s size')
    token = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw missing(audience, 'its file cannot be read', cause)
  }
  const expiresAtMs = compact.test(token) ? readExpiry(token) : undefined
  if (expiresAtMs === undefined) throw missing(audience, 'its file holds no token with an end')
  return { token, expiresAtMs }
}

// Who gets the token verifies it. What it says of its end is read to tell its owner that it is over.
function readExpiry(token: string): number | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return typeof exp === 'number' ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}

function missing(audience: string, fact: string, cause?: unknown): TenantryError {
  return new TenantryError('CREDENTIAL_MISSING', `no credential for \`${audience}\`: ${fact}`, {
    status: 503,
    help: 'project a service-account token for this audience into the folder of `credentials`; see docs/operating/workload-credentials.md',
    cause,
  })
}

function expired(audience: string): TenantryError {
  return new TenantryError('CREDENTIAL_EXPIRED', `the credential for \`${audience}\` has expired`, {
    status: 503,
    help: 'see why its file is not replaced in time: the kubelet’s log, and this machine’s clock',
  })
}
