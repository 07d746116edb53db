import { type Directory, readApiKeySubject } from '@tenantry/routing'
import { apiKeyInvalid } from '../api-key/verify-api-key.ts'

/** Throws `API_KEY_INVALID` (401) for work that an API key began which is good no longer; work of anyone else goes on. */
// INVARIANT: stop means stop. What a revoked key began gets no other token and no key.
export function requireLiveBearer(directory: Directory, subject: string): void {
  const id = readApiKeySubject(subject)
  if (id !== undefined && !directory.liveApiKey(id)) throw apiKeyInvalid()
}
