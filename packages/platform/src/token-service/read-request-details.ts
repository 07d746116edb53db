/** The members of a request's `request_details`; none where it is not an object in JSON. */
export function readRequestDetails(form: URLSearchParams): Record<string, unknown> {
  try {
    const details: unknown = JSON.parse(form.get('request_details') ?? '')
    return typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** True for what may go on record as a reason: printable, and on one line, because it goes into a log. */
export function isReason(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]{1,200}$/.test(value)
}
