import type { TestEvent } from 'node:test/reporters'

/** What stands in front of each line, to be told from what the tests say themselves. */
export const failureMark = 'tenantry-failure '

/** A test that failed by itself, or something around the tests that did. */
export interface Failure {
  readonly test: string
  /** False for a file, a suite or a hook: they say that the tests could not run. */
  readonly isTest: boolean
  readonly isTimeout: boolean
  readonly message: string
}

/** A reporter for `node --test`: a line for each failure as it comes. */
export default async function* reportFailures(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:fail') continue
    const { name, details } = event.data
    const { failureType = '', message } = details.error as { failureType?: string; message: string }
    // A suite fails after its tests did; a test is cancelled when its suite's hook failed.
    if (failureType === 'subtestsFailed' || failureType === 'cancelledByParent') continue
    const isTimeout = failureType === 'testTimeoutFailure'
    const isTest = details.type === 'test' && (isTimeout || failureType === 'testCodeFailure')
    const failure: Failure = { test: name, isTest, isTimeout, message }
    yield `${failureMark}${JSON.stringify(failure)}\n`
  }
}
