import { caddyMissing } from '../../tools/start-ingress.ts'
import { describeIngress } from './ingress-promises.ts'

describeIngress('caddy', 'Caddyfile', caddyMissing)
