import { TenantryError } from '@tenantry/context'
import { type KeySpecification, readKeySpecification } from './key-specification.ts'
import { wordOf } from './redis-command.ts'

/** What the server says of one of its commands. */
export interface CommandFacts {
  /** As `set`, or `xgroup|create`. */
  readonly name: string
  readonly flags: ReadonlySet<string>
  /** The categories of its access control. */
  readonly categories: ReadonlySet<string>
  /** Where the keys are; undefined where the server does not say it of all of them. */
  readonly keys: readonly KeySpecification[] | undefined
}

/** The commands of one server, from its own answer to `COMMAND`. */
export class CommandTable {
  readonly #commands = new Map<string, CommandFacts>()
  readonly #containers = new Set<string>()

  /** Throws `REDIS_UNSUPPORTED` for a server before Redis 7, which does not say where keys are. */
  constructor(answer: unknown) {
    for (const entry of Array.isArray(answer) ? answer : []) this.#add(entry)
    if (this.#commands.get('get')?.keys?.length !== 1) {
      throw new TenantryError(
        'REDIS_UNSUPPORTED',
        'this server does not say where the keys of its commands are',
        {
          help: 'use Redis 7 or newer, and let its user run `COMMAND`',
        },
      )
    }
  }

  /** The facts of a command, or undefined where the server knows none. */
  find(name: string, firstArg: string | Buffer | undefined): CommandFacts | undefined {
    const isContainer = this.#containers.has(name)
    return this.#commands.get(isContainer ? `${name}|${wordOf(firstArg)}` : name)
  }

  #add(entry: unknown): void {
    const [name, , flags, , , , categories, , specifications, subcommands] = entry as unknown[]
    const key = String(name).toLowerCase()
    const list = (value: unknown) => (Array.isArray(value) ? value : [])
    for (const subcommand of list(subcommands)) this.#add(subcommand)
    if (list(subcommands).length > 0) this.#containers.add(key)
    const keys = list(specifications).map(readKeySpecification)
    this.#commands.set(key, {
      name: key,
      flags: new Set(list(flags).map(String)),
      categories: new Set(list(categories).map(String)),
      keys: keys.every((one) => one !== undefined) ? keys : undefined,
    })
  }
}
