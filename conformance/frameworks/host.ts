import type { Server } from 'node:http'
import type { NoteService } from './note-service.ts'

/** What some host has no form of. A host that leaves one out says why. */
export type Cell = 'bad-json' | 'route-pattern' | 'write-callback' | 'begun-answer'

/** A framework that the note service runs on. */
export interface Host {
  readonly name: string
  /** The cells that this host has no form of, each with the reason. */
  readonly leavesOut: Partial<Record<Cell, string>>
  /**
   * Starts the note service on a free port of 127.0.0.1:
   *
   * | route | what it does |
   * |---|---|
   * | `GET /tenant` | `whoAsks` |
   * | `GET /held` | `hold` |
   * | `POST /notes` | `write` with the JSON body's `text`; 400 for bad JSON |
   * | `POST /upload` | `readUpload` with the body as it comes |
   * | `GET /stream/:kind` | `stream(kind)` as the answer |
   * | `GET /fail/:kind` | `fail(kind)` |
   * | `GET /begun` | begins to answer, then fails (`begun-answer`) |
   * | `GET /written` | a piece, and in its write callback the tenant (`write-callback`) |
   */
  start(notes: NoteService): Promise<RunningHost>
}

/** A note service that listens. */
export interface RunningHost {
  readonly origin: string
  readonly server: Server
  close(): Promise<unknown>
}
