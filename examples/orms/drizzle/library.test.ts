import { testLibrary } from '../test/test-library.ts'
import { createLibrary } from './library.ts'

testLibrary('Drizzle', createLibrary, { migrations: 'drizzle/migrations', wrapsErrors: true })
