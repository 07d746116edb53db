import { testLibrary } from '../test/test-library.ts'
import { createLibrary } from './library.ts'

testLibrary('Knex', createLibrary, { migrations: 'knex/migrations' })
