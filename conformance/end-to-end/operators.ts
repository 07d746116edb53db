import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RunningSystem } from './running-system.ts'

/** What operators see, and who is no operator. */
export function describeOperators(system: RunningSystem): void {
  describe('the operators’ API', () => {
    it('shows requests, durations and business counters by tenant, of every process on one page', async () => {
      await system.invoice(
        'tenant-b',
        await system.order('tenant-b', [await system.product('tenant-b', '1')]),
      )
      const page = await (await system.operate('/metrics')).text()
      const sample = (name: string, ...labels: string[]) =>
        page
          .split('\n')
          .find((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
      const tenant = ['tenant_id="tenant-b"', 'tenant_tier="advanced"']
      assert.ok(
        sample('order_created_total', ...tenant, 'service_name="order"', 'tenantry_deployment="order.pool"'),
      )
      const invoiced = sample('invoice_created_total', ...tenant)
      assert.match(
        invoiced ?? '',
        /tenantry_deployment="invoice\.[0-9a-f]{8}"/,
        'the invoice is made in the tenant’s own deployment',
      )
      assert.ok(
        sample(
          'http_server_request_duration_seconds_count',
          ...tenant,
          'service_name="gateway"',
          'http_route="order"',
        ),
      )
      assert.ok(
        sample(
          'http_server_request_duration_seconds_sum',
          ...tenant,
          'service_name="product"',
          'http_route="/products/:id"',
        ),
      )
      assert.equal(page.match(/^# TYPE http_server_request_duration_seconds /gm)?.length, 1)
    })

    it('needs the admin token: no token, a tenant’s admin and a guess are 401', async () => {
      for (const token of ['', 'x', await system.token('tenant-a', 'admin')]) {
        for (const path of ['/tenants', '/metrics', '/deployments', '/nothing']) {
          const { status } = await system.operate(path, { token })
          assert.equal(status, 401, path)
        }
      }
      assert.equal((await system.operate('/tenants')).status, 200)
    })
  })
}
