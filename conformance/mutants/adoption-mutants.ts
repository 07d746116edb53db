// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources' own placeholders are quoted
import { type Mutant, mutant } from './mutant.ts'

const folder = 'packages/isolation/src/adoption'
const policy = `${folder}/adoption-policy.ts`
const schema = `${folder}/adoption-schema.ts`
const adopt = `${folder}/adopt-database.ts`
const client = 'packages/isolation/src/lease/leased-client.ts'
const test = `${folder}/adoption.test.ts`
const work = 'packages/platform/src/token-service/exchange-for-work.ts'
const grant = 'packages/platform/src/token-service/require-grant.ts'
const server = 'packages/platform/src/token-service/server.test.ts'

/** Weakenings of databases that were adopted, and of work that no request began. */
export const adoptionMutants: readonly Mutant[] = [
  mutant(
    'an adopted table shuts other roles out',
    policy,
    'using (true) with check (true)',
    'using (false)',
    test,
  ),
  mutant('an enforced policy only adds', policy, 'as restrictive to', 'as permissive to', test),
  mutant(
    'an owner is not bound by its own table’s policies',
    policy,
    '[`alter table ${name} force row level security`]',
    '[]',
    test,
  ),
  mutant(
    'an enforced table takes what is another tenant’s',
    policy,
    'return `using (${own}) with check (${own})`',
    'return `using (${own}) with check (true)`',
    test,
  ),
  mutant(
    'what is written is told as read',
    policy,
    `with check (\${told('written')})`,
    `with check (\${told('read')})`,
    test,
  ),
  mutant(
    'observing filters',
    schema,
    '  return true;\nend\n$noticed$',
    '  return false;\nend\n$noticed$',
    test,
  ),
  mutant(
    'a table is given back without its FORCE',
    policy,
    '...(wasForced ? []',
    '...(!wasForced ? []',
    test,
  ),
  mutant(
    'a table is enforced before there is a key',
    adopt,
    "if (mode === 'enforce' && (await readKeyIds(client)).length === 0) throw noKey()",
    '',
    test,
  ),
  mutant(
    'what was left outside every scope is there for a tenant',
    client,
    '    this.#sender.leaveAnything()\n',
    '',
    test,
  ),
  mutant(
    'work is begun without the grant',
    grant,
    'config.services[deployment.service]?.grants.includes(grant)',
    'config.services[deployment.service]',
    server,
  ),
  mutant(
    'work is begun for a tenant that the deployment does not serve',
    work,
    '  requireOwnTenant(deployment, tenant)\n',
    '',
    server,
  ),
  mutant(
    'work is begun off the record',
    work,
    '  service.recordWork({ workload: workload.id, tenant: id, reason, txn })\n',
    '',
    server,
  ),
  mutant(
    'work is begun by another workload’s word',
    'packages/platform/src/token-service/require-own-signature.ts',
    'if (signer.id !== workload.id) throw',
    'if (!signer.id) throw',
    server,
  ),
]
