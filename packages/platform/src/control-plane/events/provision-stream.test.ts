import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { natsMissing, startNats } from '../../../../../tools/start-nats.ts'
import { connectNats } from '../../relay/nats/connect-nats.ts'
import { streamName } from '../../relay/nats/event-stream.ts'
import { provisionStream } from './provision-stream.ts'

test('the stream is made as soon as NATS lets it, and what keeps it from that is told once', {
  skip: natsMissing,
}, async (t) => {
  const nats = await startNats()
  t.after(() => nats.stop())
  await nats.kill(0)
  const troubles: unknown[] = []
  const provisioned = provisionStream(nats.provisioner, {
    events: {
      ...{ bus: 'nats', servers: [...nats.provisioner.servers], replicas: 1 },
      ...{ keep: '7d', keepRecords: '365d' },
    },
    onTrouble: (error) => troubles.push(error),
    retryMs: 50,
  })
  await sleep(300)
  assert.equal(troubles.length, 1)
  assert.equal((troubles[0] as { code: string }).code, 'EVENTS_UNREACHABLE')
  await nats.restart(0)
  await provisioned
  const { connection, manager } = await connectNats(nats.provisioner, 'test')
  t.after(() => connection.close())
  const { config } = await manager.streams.info(streamName)
  assert.deepEqual([config.subjects, config.num_replicas], [['tenantry.events.>'], 1])
})
