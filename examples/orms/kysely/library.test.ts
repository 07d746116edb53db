import { testLibrary } from '../test/test-library.ts'
import { createLibrary } from './library.ts'

testLibrary('Kysely', createLibrary, { migrations: 'kysely/migrations' })
