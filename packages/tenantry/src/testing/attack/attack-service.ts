import { type AttackOptions, readAttackOptions } from './attack-options.ts'
import type { AttackReport } from './attack-report.ts'
import { AttackRun } from './attack-run.ts'
import { Budget } from './budget.ts'
import { HttpClient } from './http-client.ts'
import { readJson } from './json.ts'
import { OpenapiDocument } from './openapi/openapi-document.ts'
import { readOperations } from './openapi/read-operations.ts'
import { Party } from './party.ts'
import { runFamilies } from './run-families.ts'
import { SeededRandom } from './seeded-random.ts'
import { startService } from './start-service.ts'

/**
 * Attacks a service by HTTP as one of its tenants after the other, and reports what one could see, change, or learn of the
 * other's. Both plant unguessable markers through the operations of the OpenAPI document; whatever holds a foreign one is a leak, and so
 * is a thing of a victim's that is changed or gone. It writes, deletes and floods: give it a service and a database for tests.
 *
 * A report without leaks speaks for `covered` alone; `unreached` and families that are not `finished` were not tried, or not
 * to the end. Rejects with `ATTACK_TENANTS`, `ATTACK_OPTIONS`, `ATTACK_OPENAPI`, with `ATTACK_START` when nothing answers, and with
 * `ATTACK_NOTHING_PLANTED` when a tenant could not write a single marker: there was nothing to be found then.
 *
 * @example
 * const report = await attackService({
 *   openapi: JSON.parse(readFileSync('openapi.json', 'utf8')),
 *   start: async () => ({ origin: await app.listen({ port: 0 }), stop: () => app.close() }),
 *   tenants: ['tenant-a', 'tenant-b'].map((id) => ({ id, headers: () => ({ 'txn-token': tenantry.token(id) }) })),
 * })
 * assert.deepEqual(report.leaks, [], formatAttackReport(report))
 */
export async function attackService(options: AttackOptions): Promise<AttackReport> {
  const startedAt = performance.now()
  const { seed, skip, events, requestsMax, durationMaxMs, tenants, skipsFamily } =
    await readAttackOptions(options)
  // Read before anything is started.
  const given = typeof options.openapi === 'string' ? undefined : new OpenapiDocument(options.openapi)
  if (given) readOperations(given)
  const service = await startService(options)
  const client = new HttpClient(new URL(service.origin))
  try {
    const document = given ?? (await fetchDocument(client, String(options.openapi)))
    const operations = readOperations(document).filter(({ name }) => !skip.includes(name))
    const [one, other] = tenants.map(({ id, headers }) => new Party(id, headers)) as [Party, Party]
    const budget = new Budget(requestsMax, durationMaxMs)
    const random = new SeededRandom(seed)
    const run = new AttackRun({ document, operations, parties: [one, other], random, budget, client, events })
    const families = await runFamilies(run, budget, skipsFamily)
    return {
      seed,
      ...reportOf(run),
      families,
      requests: budget.spent,
      tookMs: Math.round(performance.now() - startedAt),
    }
  } finally {
    client.close()
    await service.stop?.()
  }
}

function reportOf(run: AttackRun): Omit<AttackReport, 'seed' | 'families' | 'requests' | 'tookMs'> {
  const { leaks, reads, attackable, refusedForRate, refusedForCredentials, unanswered } = run
  const unreached = run.operations.filter((operation) => !run.reached.has(operation))
  return {
    ...{ leaks, refusedForRate, refusedForCredentials, unanswered },
    covered: attackable.map(({ name }) => name),
    showedNothing: reads.filter((operation) => !run.showing.has(operation)).map(({ name }) => name),
    unreached: unreached.map((operation) => ({
      operation: operation.name,
      reason: run.lastReason.get(operation) ?? 'not tried',
    })),
  }
}

async function fetchDocument(client: HttpClient, path: string): Promise<OpenapiDocument> {
  const { body } = await client.send({ method: 'GET', target: path, headers: [] })
  return new OpenapiDocument(readJson(body))
}
