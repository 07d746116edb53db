import { testLibrary } from '../test/test-library.ts'
import { createLibrary } from './library.ts'

testLibrary('TypeORM', createLibrary, { migrations: 'typeorm/migrations' })
