/** TLS 1.2 is the oldest that is spoken (RFC 8996), and HTTP/1.1 all that is offered in it (RFC 7301): a client that wants HTTP/2 alone is refused. */
export const tlsOptions = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] } as const
