const managed =
  /^(txn-token|tenantid|tenant-|tenantry-|x-tenant|x-jwt|ce-|authorization$|forwarded$|x-forwarded-|x-real-ip$|x-request-id$|traceparent$|tracestate$)/

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'host',
])

/** True for a header that only the platform may set: an inbound copy is dropped. `name` is in lower case. */
export function isManaged(name: string): boolean {
  return managed.test(name)
}

/** True for a header that ends at this hop (RFC 9110, 7.6.1). `name` is in lower case. */
export function isHopByHop(name: string): boolean {
  return hopByHop.has(name)
}
