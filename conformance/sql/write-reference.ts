import { writeFileSync } from 'node:fs'
import { forms } from './corpus/forms.ts'
import { describeForms } from './describe-forms.ts'

writeFileSync(new URL('../../docs/reference/sql.md', import.meta.url), describeForms(forms))
