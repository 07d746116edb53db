import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../end-to-end/eventually.ts'
import { breakSubscriber, giveUpOne, mendSubscriber } from './broken-subscriber.ts'
import type { OpenedConsole } from './opened-console.ts'

export function describeEvents(console: OpenedConsole): void {
  const { system } = console
  // Nobody else orders for this tenant, so that its events are those that are made here.
  const tenant = 'tenant-f'
  const known = async () =>
    (
      (await (await system.operate(`/events?tenant=${tenant}`)).json()) as {
        events: { id: string; state: string }[]
      }
    ).events
  const detailOf = async (id: string) =>
    (
      (await (await system.operate(`/events/${id}`)).json()) as {
        events: { deliveries: { state: string }[]; operations: { action: string; operator: string }[] }[]
      }
    ).events[0]
  const confirm = (name: string) =>
    console.page.getByRole('dialog').getByRole('button', { name, exact: true }).click()

  describe('the events', () => {
    it('that wait are counted with the reason, and those given up need attention', async () => {
      const { page } = console
      await breakSubscriber(system, tenant)
      const product = await system.product(tenant, '1.25')
      await system.order(tenant, [product])
      await system.order(tenant, [product])
      await console.goTo('#/events')
      const row = console.panel('Lag').getByRole('row', { name: /^tenant-f for invoice 2/ })
      await row.getByText('`invoice` answered 500').waitFor({ timeout: 20_000 })
      await giveUpOne(system, tenant)
      await giveUpOne(system, tenant)
      await console.goTo('#/')
      await page.getByText('2 events given up').waitFor({ timeout: 20_000 })
      await console.panel('Needs attention').getByRole('link', { name: 'See' }).first().click()
      await page
        .getByRole('row', { name: /order\.fulfilled tenant-f invoice dead/ })
        .nth(1)
        .waitFor()
    })

    it('show their attempts, and their data on record alone', async () => {
      const { page } = console
      const [event] = await known()
      await page.getByTitle(event?.id ?? '').click()
      await page.getByText(/For invoice: dead, \d+ tr/).waitFor()
      await page.getByText('`invoice` answered 500').nth(1).waitFor()
      await page.getByRole('button', { name: 'Show its data' }).click()
      await page.locator('.event-data').getByText('order_id').waitFor()
      const record = (await detailOf(event?.id ?? ''))?.operations.at(-1)
      assert.deepEqual([record?.action, record?.operator], ['data shown', 'Demo operator'])
    })

    it('are discarded and, once the subscriber is mended, replayed, by who is signed in', async () => {
      const { page } = console
      const [first, second] = await known()
      await page.getByRole('checkbox', { name: `Mark ${first?.id}` }).check()
      await page.getByRole('button', { name: 'Discard' }).click()
      await page.getByText('On record as done by Demo operator.').waitFor()
      await confirm('Discard')
      await eventually(
        5_000,
        async () => (await detailOf(first?.id ?? ''))?.deliveries[0]?.state === 'discarded',
      )
      await mendSubscriber(system)
      await page.getByRole('checkbox', { name: `Mark ${second?.id}` }).check()
      await page.getByRole('button', { name: 'Replay' }).click()
      await confirm('Replay')
      await eventually(
        15_000,
        async () => (await detailOf(second?.id ?? ''))?.deliveries[0]?.state === 'done',
      )
      assert.equal((await detailOf(second?.id ?? ''))?.operations.at(-1)?.operator, 'Demo operator')
      await page.getByText('No event waits, and none was given up.').waitFor()
    })
  })
}
