import type { FindKey, SigningKey } from './jws.ts'
import { assertionSource, verifyWorkloadAssertion } from './workload-assertion.ts'

/** The header in which a service is told who calls it, beside the transaction token: exactly one. */
export const callerHeader = 'tenantry-caller'

/**
 * Returns a function that gives a live assertion of who calls, for one called service; it is good for no other. One signature
 * serves the calls of 45 s.
 */
export function callerSource(workload: string, key: SigningKey): (service: string) => string {
  const sources = new Map<string, () => string>()
  return (service) => {
    let source = sources.get(service)
    if (!source) {
      source = assertionSource(workload, audienceOf(service), key)
      sources.set(service, source)
    }
    return source()
  }
}

/** Verifies an assertion for calls to `service` and returns the workload's id. Throws `WORKLOAD_REFUSED` (401), or as a JWS is refused. */
export function verifyCallerAssertion(assertion: string, service: string, findKey: FindKey): string {
  return verifyWorkloadAssertion(assertion, audienceOf(service), findKey)
}

// No service's name makes an audience of the platform's own processes.
function audienceOf(service: string): string {
  return `urn:tenantry:service:${service}`
}
