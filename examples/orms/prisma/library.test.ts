import { testLibrary } from '../test/test-library.ts'
import { createLibrary } from './library.ts'

testLibrary('Prisma', createLibrary, { migrations: 'prisma/migrations' })
