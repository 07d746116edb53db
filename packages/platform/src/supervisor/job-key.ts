import { createHmac } from 'node:crypto'

/**
 * What one deployment signs the jobs with that it puts into queues, in base64url: the same whenever it is started, because queues
 * outlive it, and no other deployment's.
 */
export function deriveJobKey(master: string, deployment: string): string {
  return createHmac('sha256', Buffer.from(master, 'base64url'))
    .update(`tenantry job key\0${deployment}`)
    .digest('base64url')
}
