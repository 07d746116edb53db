import { differences, readLeaves } from './compare-answers.ts'
import type { Answer } from './http-client.ts'
import type { Operation } from './openapi/operation.ts'

/** Which parts of answers differ from one request to the next although nothing was written: clocks, request ids, what a job does later. */
export class Steadiness {
  readonly #unsteady = new Map<Operation, Set<string>>()

  /** Two answers between which nothing was written. */
  compare(operation: Operation, one: Answer, other: Answer): void {
    const places = this.#unsteady.get(operation) ?? new Set()
    for (const place of differences(readLeaves(one), readLeaves(other))) places.add(anywhere(place))
    this.#unsteady.set(operation, places)
  }

  isUnsteady(operation: Operation, place: string): boolean {
    return this.#unsteady.get(operation)?.has(anywhere(place)) ?? false
  }
}

function anywhere(place: string): string {
  return place.replace(/(^|\.)\d+(?=\.|$)/g, '$1*')
}
