import {
  type AdoptionMode,
  type AdoptionPart,
  type AdoptionPlan,
  type AdoptionRecord,
  type AdoptionSwitch,
  type AdoptionTarget,
  adoptDatabase,
  planAdoption,
  readAdoption,
  readRequestModes,
  switchAdoption,
  undoAdoption,
} from '@tenantry/isolation'
import type { ClientBase } from 'pg'
import { atUrl } from './at-url.ts'

/** What adopting the database at a URL would do; nothing is changed. Rejects as `planAdoption`, and with `ADOPT_URL`, `ADOPT_UNREACHABLE`. */
export function planAdoptionAt(url: string, target: AdoptionTarget): Promise<AdoptionPlan> {
  return atUrl(url, 'ADOPT', (client) => planAdoption(client, target))
}

/** What was adopted at a URL, and what becomes of requests that are for no tenant, by role. */
export interface AdoptionStatus {
  readonly adopted: readonly AdoptionRecord[]
  readonly requests: Readonly<Record<string, AdoptionMode>>
}

/** Brings what the plan of this moment names under Tenantry, or of that the tables `only` names, in mode `observe`; rejects as `adoptDatabase`. */
export function adoptAt(
  url: string,
  target: AdoptionTarget,
  options: { only?: readonly string[] } = {},
): Promise<AdoptionStatus> {
  return atUrl(url, 'ADOPT', async (client) => {
    await adoptDatabase(client, await planAdoption(client, target), options)
    return readStatus(client)
  })
}

/** Switches what was adopted, as `switchAdoption` does; `ADOPT_NO_TABLE`, `ADOPT_NO_KEY`, `ADOPT_BUSY`. */
export function switchAdoptionAt(
  url: string,
  mode: AdoptionMode,
  options: AdoptionSwitch,
): Promise<AdoptionStatus> {
  return atUrl(url, 'ADOPT', async (client) => {
    await switchAdoption(client, mode, options)
    return readStatus(client)
  })
}

/** What was adopted at a URL; nothing where there is no record of it. */
export function adoptionAt(url: string): Promise<AdoptionStatus> {
  return atUrl(url, 'ADOPT', readStatus)
}

/** Gives back what a service adopted at a URL, or all of it, as `undoAdoption` does, and says what is left; `ADOPT_IN_USE`, `ADOPT_BUSY`. */
export function undoAdoptionAt(url: string, part?: AdoptionPart): Promise<AdoptionStatus> {
  return atUrl(url, 'ADOPT', async (client) => {
    await undoAdoption(client, part)
    return readStatus(client)
  })
}

async function readStatus(client: ClientBase): Promise<AdoptionStatus> {
  const [adopted, requests] = [await readAdoption(client), await readRequestModes(client)]
  return { adopted, requests: Object.fromEntries(requests) }
}
