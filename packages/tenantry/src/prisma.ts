/**
 * Prisma over the leased pool.
 * @module
 */
import { isTenantryError, readScope, requireScope, type Scope, TenantryError } from '@tenantry/context'
import { rememberCallSite } from '@tenantry/isolation/lease'

interface Loader {
  request(request: unknown): Promise<unknown>
}

/** What Prisma's own data loader is, as far as it has to be known to make another. */
interface OwnLoader extends Loader {
  readonly options: object
  readonly constructor: new (options: object) => Loader
}

/** Where every operation of a client and of all its extensions and transactions passes. */
interface RequestHandler {
  dataloader: Loader
  handleAndLogRequestError(failure: { error: unknown }): never
}

/** What of a client sees an operation when it is asked for. */
interface KnownClient {
  _createPrismaPromise(operation: (...given: unknown[]) => unknown, ...more: unknown[]): unknown
  $transaction(...args: unknown[]): unknown
}

const testedMajor = '7'

/**
 * Keeps the operations of one request apart from every other's, and returns the client that it was given. Prisma
 * collects what is asked for in one tick, whoever asks, and sends it for the first of them: reads by a unique key would
 * be answered with another tenant's rows, and transactions would meet in the wrong scope. Here only operations of one
 * scope are collected together. To be called once, before the client is used; clients that `$extends` makes are held too.
 *
 * Outside a scope every operation rejects with `CONTEXT_MISSING`, and errors of the pool arrive as they are; with `adopting`, as of a
 * pool, operations outside every scope are collected by themselves and the database decides. Throws `PRISMA_UNSUPPORTED` for a
 * Prisma that this was not tested with.
 *
 * @example
 * const prisma = isolatePrisma(new PrismaClient({ adapter: new PrismaPg(new Pool(), { schema: 'order' }) }))
 */
export function isolatePrisma<Client extends object>(
  client: Client,
  { adopting = false }: { adopting?: boolean } = {},
): Client {
  const { handler, loader } = requireKnown(client)
  if (loader instanceof ScopedLoader) return client
  // INVARIANT: no read is answered with what another scope's statement found.
  handler.dataloader = new ScopedLoader(loader, { adopting })
  const { handleAndLogRequestError } = handler
  handler.handleAndLogRequestError = (failure) => {
    // Prisma would make it one of its own, without status and help.
    if (isTenantryError(failure.error)) throw failure.error
    return handleAndLogRequestError.call(handler, failure)
  }
  if (adopting) rememberCallSites(client as unknown as KnownClient)
  return client
}

// An operation begins when it is awaited, and by then nothing on the stack tells of who asked for it.
function rememberCallSites(client: KnownClient): void {
  const { _createPrismaPromise: create, $transaction: transact } = client
  client._createPrismaPromise = function begin(operation, ...more) {
    const atCallSite = rememberCallSite(begin)
    return create.call(client, (...given) => atCallSite(() => operation(...given)), ...more)
  }
  client.$transaction = function begin(...args) {
    return rememberCallSite(begin)(() => transact.apply(client, args))
  }
}

/** One of Prisma's loaders for each scope: its tick begins in that scope, so its statements run there. */
class ScopedLoader implements Loader {
  readonly #own: OwnLoader
  readonly #loaders = new WeakMap<Scope, Loader>()
  readonly #adopting: boolean

  constructor(own: OwnLoader, { adopting }: { adopting: boolean }) {
    this.#own = own
    this.#adopting = adopting
  }

  request(request: unknown): Promise<unknown> {
    const scope = this.#adopting ? readScope() : requireScope()
    const loader = scope ? this.#loaderOf(scope) : this.#own
    return loader.request(request)
  }

  #loaderOf(scope: Scope): Loader {
    let loader = this.#loaders.get(scope)
    if (!loader) {
      loader = new this.#own.constructor(this.#own.options)
      this.#loaders.set(scope, loader)
    }
    return loader
  }
}

function requireKnown(client: object): { handler: RequestHandler; loader: OwnLoader | ScopedLoader } {
  const { _clientVersion: version, _requestHandler: handler } = client as Record<string, unknown>
  const isTested = typeof version === 'string' && version.split('.')[0] === testedMajor
  if (isTested && isRequestHandler(handler)) {
    const loader: unknown = handler.dataloader
    if (loader instanceof ScopedLoader || isOwnLoader(loader)) return { handler, loader }
  }
  const found = typeof version === 'string' ? `Prisma ${version}` : 'this'
  throw new TenantryError(
    'PRISMA_UNSUPPORTED',
    `${found} is not a Prisma client whose reads can be kept apart`,
    {
      help: `pass a \`PrismaClient\` of @prisma/client ${testedMajor}`,
    },
  )
}

function isRequestHandler(value: unknown): value is RequestHandler {
  return hasFunctions(value, 'request', 'handleAndLogRequestError')
}

function isOwnLoader(value: unknown): value is OwnLoader {
  if (!hasFunctions(value, 'request', 'constructor') || !('options' in value)) return false
  return hasFunctions(value.options, 'singleLoader', 'batchLoader', 'batchBy')
}

function hasFunctions(value: unknown, ...names: string[]): value is object {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}
