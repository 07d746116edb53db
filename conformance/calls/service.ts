/**
 * A service that does as it is told: `?url=…` has it call there by its clients, and `?past=…` has it send what it holds
 * past the rules of calls, as one that was taken over would.
 */
import { request as requestOfNode } from 'node:http'
import { text } from 'node:stream/consumers'
import { Agent, request } from 'undici'
import {
  createWorkloadCredential,
  requireContext,
  serviceAudience,
} from '../../packages/context/src/index.ts'
import { tenantry } from '../../packages/tenantry/src/node.ts'
import { requireRuntime } from '../../packages/tenantry/src/runtime/require-runtime.ts'

const { document } = requireRuntime()
const credential = createWorkloadCredential(document)
const past = new Agent()

const service = tenantry(async (incoming, response) => {
  const { searchParams } = new URL(incoming.url ?? '', 'http://service')
  const [url, place] = [searchParams.get('url'), searchParams.get('past')]
  const answers =
    url !== null
      ? await Promise.all([callByFetch(url), callByNode(url)])
      : place !== null
        ? await sendPast(place, searchParams.get('service') ?? '')
        : [requireContext().tenant.id]
  response.end(JSON.stringify(answers))
})

async function callByFetch(url: string): Promise<unknown> {
  return fetch(url).then(
    async (answer) => read(answer.status, await answer.text()),
    ({ cause }) => cause.code,
  )
}

async function callByNode(url: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>()
  requestOfNode(url, resolve).on('error', reject).end()
  return promise.then(
    async (answer) => read(answer.statusCode, await text(answer)),
    ({ code }) => code,
  )
}

/** With the token alone, with a credential of its own for the service itself, and with one for the service that it calls. */
async function sendPast(origin: string, called: string): Promise<unknown[]> {
  const answers = []
  for (const service of [undefined, document.service, called]) {
    const caller = service && credential(serviceAudience(service))
    const headers = { 'txn-token': requireContext().token, ...(caller && { 'tenantry-caller': caller }) }
    const { statusCode, body } = await request(origin, { dispatcher: past, headers })
    answers.push(read(statusCode, await body.text()))
  }
  return answers
}

function read(status: number | undefined, body: string): unknown {
  return status === 200 ? JSON.parse(body) : [status, JSON.parse(body).code]
}

const origin = await service.listen({ port: 0, host: '127.0.0.1' })
process.send?.({ type: 'listening', origin })
