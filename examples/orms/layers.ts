import { createLibrary as createOnDrizzle } from './drizzle/library.ts'
import { createLibrary as createOnKnex } from './knex/library.ts'
import { createLibrary as createOnKysely } from './kysely/library.ts'
import type { Library } from './library.ts'
import { createLibrary as createOnPg } from './pg/library.ts'
import { createLibrary as createOnPrisma } from './prisma/library.ts'
import { createLibrary as createOnTypeorm } from './typeorm/library.ts'

/** A data layer that the library is written with. */
export interface Layer {
  readonly name: string
  /** The package whose version counts. */
  readonly package: string
  createLibrary(): Library
}

export const layers: readonly Layer[] = [
  { name: 'pg', package: 'pg', createLibrary: createOnPg },
  { name: 'Kysely', package: 'kysely', createLibrary: createOnKysely },
  { name: 'Drizzle', package: 'drizzle-orm', createLibrary: createOnDrizzle },
  { name: 'Prisma', package: '@prisma/client', createLibrary: createOnPrisma },
  { name: 'TypeORM', package: 'typeorm', createLibrary: createOnTypeorm },
  { name: 'Knex', package: 'knex', createLibrary: createOnKnex },
]
