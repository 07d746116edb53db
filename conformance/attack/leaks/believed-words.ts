import { bookingColumns, ok, pageSize, venueColumns } from '../handlers.ts'
import type { SeededLeak } from './leak.ts'

/** Leaks of services that take the tenant from what a caller says. */
export const believedWordLeaks = {
  'the tenant from x-tenant-id': {
    foundBy: 'spoofed-headers',
    leak: ({ privileged }) => ({
      inside: {
        async 'GET /venues'({ tenant, headers }) {
          const sql = `select ${venueColumns} from venues where tenantry_tenant = $1 order by name limit 50`
          return ok({ venues: (await privileged.query(sql, [headers['x-tenant-id'] ?? tenant])).rows })
        },
      },
    }),
  },
  'the tenant from the body': {
    foundBy: 'mass-assignment',
    leak: ({ privileged }) => ({
      inside: {
        async 'POST /venues'({ tenant, body: { note = '', ...body } }) {
          const { name, tenant_id = tenant } = body
          const { rows } = await privileged.query(
            `insert into venues (tenantry_tenant, name, note) values ($1, $2, $3) returning ${venueColumns}`,
            [tenant_id, name, note],
          )
          return { status: 201, body: rows[0] }
        },
      },
    }),
  },
  'the tenant from a token that nobody verified': {
    foundBy: 'forged-credentials',
    leak: ({ privileged }) => ({
      outside: {
        async 'GET /venues'({ headers }) {
          const tenant = tenantIn(headers['txn-token'])
          if (tenant === undefined) return { status: 401, body: { code: 'TOKEN_MISSING' } }
          const sql = `select ${venueColumns} from venues where tenantry_tenant = $1 order by name limit 50`
          return ok({ venues: (await privileged.query(sql, [tenant])).rows })
        },
      },
    }),
  },
  'the tenant from an event that nobody signed': {
    foundBy: 'forged-events',
    leak: ({ privileged }) => ({
      outside: {
        async 'POST /partner-events'({ headers, body }) {
          const tenant = headers['ce-tenantid'] ?? body.tenantid ?? tenantIn(headers['txn-token'])
          const name = (body.data as { name?: string } | undefined)?.name
          if (tenant === undefined || name === undefined)
            return { status: 400, body: { code: 'BAD_REQUEST' } }
          await privileged.query('insert into venues (tenantry_tenant, name) values ($1, $2)', [tenant, name])
          return { status: 202, body: { taken: true, name } }
        },
      },
    }),
  },
  'a cursor that says whose page it is': {
    foundBy: 'links',
    leak: ({ privileged }) => ({
      inside: {
        async 'GET /bookings'({ tenant, query: { guest = null, cursor = '' } }) {
          const [of = '', offset = '0'] = Buffer.from(cursor, 'base64url').toString().split(':')
          const whose = /^tenant-[a-z]$/.test(of) ? of : tenant
          const { rows: bookings } = await privileged.query(
            `select ${bookingColumns} from bookings where tenantry_tenant = $1 and ($2::text is null or guest = $2)
             order by guest offset $3 limit ${pageSize}`,
            [whose, guest, Number(offset) || 0],
          )
          return ok({ bookings, cursor: Buffer.from(`${whose}:0`).toString('base64url') })
        },
      },
    }),
  },
} satisfies Record<string, SeededLeak>

function tenantIn(token = ''): string | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return claims.tctx.tenant.id
  } catch {
    return undefined
  }
}
