import { nginxMissing } from '../../tools/start-ingress.ts'
import { describeIngress } from './ingress-promises.ts'

describeIngress('nginx', { file: 'nginx.conf', missing: nginxMissing, duplex: true })
