import type { Operation } from './operation.ts'

/** The operation that an address is of; the address itself, if there is none. */
export function nameOf(operations: readonly Operation[], method: string, target: string): string {
  const path = target.replace(/\?.*/, '')
  const found = operations.find((operation) => operation.method === method && isOf(operation.path, path))
  return found?.name ?? `${method} ${path}`
}

function isOf(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  return (
    wanted.length === given.length && wanted.every((part, at) => part.includes('{') || part === given[at])
  )
}
