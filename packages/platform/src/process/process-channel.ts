import type { ChildProcess } from 'node:child_process'
import { TenantryError } from '@tenantry/context'

/** Either end of a Node child process's IPC channel. */
type Endpoint = ChildProcess | NodeJS.Process

interface Call {
  readonly type: 'call'
  readonly id: number
  readonly method: string
  readonly params: unknown
}

interface Answer {
  readonly type: 'answer'
  readonly id: number
  readonly result?: unknown
  readonly error?: { code: string; message: string; help: string; status: number }
}

/** Calls between the supervisor and the control plane over an inherited channel that no other process can open. */
export interface ProcessChannel {
  /** Calls the other end. Rejects with its error, or with `CHANNEL_CLOSED` when it goes away first. */
  call<T>(method: string, params: unknown): Promise<T>
}

/** What one end answers, by method. */
export type ProcessMethods = Record<string, (params: never) => unknown>

/** Opens this end of the channel: answers the other end's calls with `methods` and can call it. */
export function openProcessChannel(endpoint: Endpoint, methods: ProcessMethods): ProcessChannel {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: unknown) => void }>()
  let nextId = 1

  const send = (message: Call | Answer, failed: (error: Error) => void = () => undefined) => {
    endpoint.send?.(message, undefined, undefined, (error) => error && failed(error))
  }

  endpoint.on('message', (message: unknown) => {
    if (isCall(message)) {
      void answer(methods, message).then((answered) => send(answered))
    } else if (isAnswer(message)) {
      const waiter = waiting.get(message.id)
      waiting.delete(message.id)
      if (message.error) waiter?.reject(readError(message.error))
      else waiter?.resolve(message.result as never)
    }
  })

  endpoint.on('disconnect', () => {
    for (const { reject } of waiting.values()) reject(closed())
    waiting.clear()
  })

  return {
    call<T>(method: string, params: unknown): Promise<T> {
      if (!endpoint.connected) return Promise.reject(closed())
      const id = nextId++
      return new Promise<T>((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (value: never) => void, reject })
        send({ type: 'call', id, method, params }, () => {
          waiting.delete(id)
          reject(closed())
        })
      })
    },
  }
}

async function answer(methods: ProcessMethods, call: Call): Promise<Answer> {
  try {
    const method = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined
    if (!method) throw new Error(`no method \`${call.method}\``)
    return { type: 'answer', id: call.id, result: await method(call.params as never) }
  } catch (error) {
    const known = error instanceof TenantryError ? error : undefined
    return {
      type: 'answer',
      id: call.id,
      error: {
        code: known?.code ?? 'INTERNAL',
        message: error instanceof Error ? error.message : String(error),
        help: known?.help ?? 'see the log of the other process',
        status: known?.status ?? 500,
      },
    }
  }
}

function readError({ code, message, help, status }: NonNullable<Answer['error']>): TenantryError {
  return new TenantryError(code, message, { help, status })
}

function closed(): TenantryError {
  return new TenantryError('CHANNEL_CLOSED', 'the other process is not there', {
    status: 503,
    help: 'it is being restarted; try again in a second',
  })
}

function isCall(message: unknown): message is Call {
  return (message as Call | undefined)?.type === 'call'
}

function isAnswer(message: unknown): message is Answer {
  return (message as Answer | undefined)?.type === 'answer'
}
