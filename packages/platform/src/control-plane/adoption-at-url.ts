import {
  type AdoptionMode,
  type AdoptionPlan,
  type AdoptionRecord,
  type AdoptionTarget,
  adoptDatabase,
  planAdoption,
  readAdoption,
  switchAdoption,
  undoAdoption,
} from '@tenantry/isolation'
import { atUrl } from './at-url.ts'

/** What adopting the database at a URL would do; nothing is changed. Rejects as `planAdoption`, and with `ADOPT_URL`, `ADOPT_UNREACHABLE`. */
export function planAdoptionAt(url: string, target: AdoptionTarget): Promise<AdoptionPlan> {
  return atUrl(url, 'ADOPT', (client) => planAdoption(client, target))
}

/** Brings what the plan of this moment names under Tenantry, in mode `observe`. */
export function adoptAt(url: string, target: AdoptionTarget): Promise<AdoptionRecord[]> {
  return atUrl(url, 'ADOPT', async (client) => {
    await adoptDatabase(client, await planAdoption(client, target))
    return readAdoption(client)
  })
}

/** Switches tables that were adopted, all of them when none is named; `ADOPT_NO_TABLE`, `ADOPT_NO_KEY`. */
export function switchAdoptionAt(
  url: string,
  mode: AdoptionMode,
  options: { tables?: readonly string[] },
): Promise<AdoptionRecord[]> {
  return atUrl(url, 'ADOPT', async (client) => {
    await switchAdoption(client, mode, options)
    return readAdoption(client)
  })
}

/** What was adopted at a URL; nothing where there is no record of it. */
export function adoptionAt(url: string): Promise<AdoptionRecord[]> {
  return atUrl(url, 'ADOPT', readAdoption)
}

/** Gives the database at a URL back as it was; `ADOPT_IN_USE`. */
export function undoAdoptionAt(url: string): Promise<void> {
  return atUrl(url, 'ADOPT', undoAdoption)
}
