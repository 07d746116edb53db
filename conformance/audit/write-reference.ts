import { writeFileSync } from 'node:fs'
import { auditRules } from '../../packages/isolation/src/index.ts'
import { describeRules } from './describe-rules.ts'

writeFileSync(new URL('../../docs/reference/audit.md', import.meta.url), describeRules(auditRules))
