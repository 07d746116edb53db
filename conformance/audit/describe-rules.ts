import type { AuditRule } from '../../packages/isolation/src/index.ts'

/** The page `docs/reference/audit.md`, of the rules as they are. */
export function describeRules(rules: readonly AuditRule[]): string {
  const of = (severity: AuditRule['severity']) =>
    rules
      .filter((rule) => rule.severity === severity)
      .map(({ name, fact, mend }) => `| \`${name}\` | ${cell(fact)} | ${cell(mend)} |`)
      .join('\n')
  const head = '| finding | what holds without it | the next step |\n|---|---|---|'
  return `# What the audit asks

\`npx tenantry audit\` reads the catalog of every placement's database, in one transaction that writes nothing, and prints
what is enforced and what is not. It exits with 1 when there is a hole, or a database that could not be read.
\`--verbose\` lists what holds, \`--json\` gives all of it, \`--database <url>\` audits one database without a control plane.
This page is written from the ${rules.length} rules themselves (\`node conformance/audit/write-reference.ts\`).

## Holes

Isolation can be got round.

${head}
${of('hole')}
| \`SHARED_UNDECLARED\` | a table is shared only when the configuration says so | run \`tenantry migrate\`, which sets the record right |
| \`CENTRAL_UNDECLARED\` | a service that was not granted \`central\` has no role for central work | run \`tenantry migrate\`, which takes it away |
| \`SYSTEM_TABLE_UNDECLARED\` | the outbox and the inbox are on record with the rights that the platform gives | run \`tenantry migrate\`, which sets the record right |

## Weaker

Isolation holds, with less behind it than a PostgreSQL can give.

${head}
${of('weaker')}
| \`NOT_READ\` | whoever audits may read what the question is about | audit as the role that provisions |

## A managed PostgreSQL without a superuser

Some of this only a superuser can give: \`ACTIVITY_VISIBLE\`, \`SESSION_FUNCTIONS\`, \`LANGUAGE_GRANTED\`, \`LEASE_LOGGED\` and
\`NOT_READ\` stay as weaker findings there. \`LARGE_OBJECT_FUNCTIONS\` stays a hole: where nobody can revoke them, what a service
puts into a large object for one tenant, it can read for another. Tenantry does not install itself without a superuser so far.

## What a catalog cannot show

That the keys are as secret as they were made, that the token service gives them to the right one, what somebody did and undid
between two audits, and what a backup holds: every tenant's rows and the keys of leases, so rotate after restoring one
elsewhere (\`npx tenantry keys rotate\`).
`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
