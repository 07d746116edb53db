import { caddyMissing } from '../../tools/start-ingress.ts'
import { describeIngress } from './ingress-promises.ts'

// Go’s server reads no more of a body over HTTP/1.1 once the answer has begun.
describeIngress('caddy', { file: 'Caddyfile', missing: caddyMissing, duplex: false })
