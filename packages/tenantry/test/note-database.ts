import { createServiceDatabase, type ServiceDatabase } from './service-database.ts'

const migrations = [
  {
    name: '001_notes.sql',
    sql: 'create table notes (note_id uuid primary key default gen_random_uuid(), text text not null)',
  },
]

export type NoteDatabase = ServiceDatabase

/** A database with one service, `note`. */
export function createNoteDatabase(): Promise<NoteDatabase> {
  return createServiceDatabase('note', migrations)
}
