import { createHash, type JsonWebKey, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { generateSigningJwk, TenantryError } from '@tenantry/context'
import type { KeptLeaseMaster } from '../token-service/lease-masters.ts'
import type { KeptSigningKey } from '../token-service/token-signing-keys.ts'
import { isSealed, openText, sealText } from './sealed-text.ts'

/** What outlives a stop, and nobody but the supervisor reads: every process is given its own part. */
export interface Secrets {
  readonly postgresPassword: string
  readonly relayPassword: string
  readonly adminToken: string
  /** Reads the page of metrics, and nothing else. */
  readonly metricsToken: string
  readonly cookieKey: string
  readonly leaseMasters: readonly KeptLeaseMaster[]
  readonly tokenSigningKeys: readonly KeptSigningKey[]
  readonly eventSigningKey: JsonWebKey
  readonly identitySigningKey: JsonWebKey
  /** What the keys are derived from with which deployments sign jobs. */
  readonly jobMaster: string
}

/** Where a running system can be reached, for the other commands. */
export interface SystemAddresses {
  /** None where the token service runs without it. */
  readonly gateway: string | null
  readonly controlPlane: string
  /** Where operators sign in in a browser, and as whom in the demo; none where only the admin token is taken. */
  readonly console: { readonly url: string; readonly demoOperator: string | null } | null
  /** The demo identity provider; none where it does not run. */
  readonly issuer: string | null
  /** The file that the configuration was read from; none where it came from no file. */
  readonly configFile: string | null
}

/** The folder under which one system keeps all its state: `.tenantry`, or what `TENANTRY_HOME` names. */
export class StateFolder {
  readonly path: string
  /** What the secrets are sealed with at rest; without it they are kept by the file's mode alone. */
  readonly #key: string | undefined

  constructor(path = process.env.TENANTRY_HOME ?? '.tenantry', key = process.env.TENANTRY_STATE_KEY) {
    this.path = resolve(path)
    this.#key = key || undefined
  }

  /** True when what is kept here is sealed at rest. */
  get isSealed(): boolean {
    return this.#key !== undefined
  }

  /** Makes the folders that are missing, none of them readable by others. */
  create(): void {
    makePrivate(this.path, 0o711)
    for (const name of ['logs']) makePrivate(join(this.path, name), 0o700)
    makePrivate(this.runFolder, 0o700)
    const { uid } = lstatSync(this.runFolder)
    if (process.getuid && uid !== process.getuid()) {
      throw new TenantryError('RUN_FOLDER_FOREIGN', `\`${this.runFolder}\` belongs to another user`, {
        help: 'remove it, or set TMPDIR to a folder of your own',
      })
    }
  }

  /** Where PostgreSQL keeps its data; its own user has to reach it when we run as root. */
  get dataFolder(): string {
    return join(this.path, 'postgres')
  }

  /** Where the Unix sockets are: a short path, because a socket's may not be longer than about 100 bytes. */
  get runFolder(): string {
    return join(tmpdir(), `tenantry-${createHash('sha256').update(this.path).digest('hex').slice(0, 12)}`)
  }

  /** The Unix socket of this name. */
  socket(name: string): string {
    return join(this.runFolder, `${name}.sock`)
  }

  /** The log file of one process. */
  log(id: string): string {
    return join(this.path, 'logs', `${id}.log`)
  }

  /**
   * Reads the secrets, or makes them at the first start, and later on what a version before did not have. With a key, those that
   * were not sealed are from here on. Throws `STATE_KEY_MISSING` for sealed ones without a key, and `STATE_KEY_WRONG`.
   */
  secrets(): Secrets {
    this.#secrets ??= this.#readSecrets()
    return this.#secrets
  }

  /** Keeps the masters of leases, or the signing keys of tokens, for the token service's next start. */
  keep(changed: Partial<Pick<Secrets, 'leaseMasters' | 'tokenSigningKeys'>>): void {
    this.#writeSecrets({ ...this.secrets(), ...changed })
  }

  #secrets: Secrets | undefined

  #readSecrets(): Secrets {
    const file = join(this.path, 'secrets.json')
    const kept: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    if (isSealed(kept) && this.#key === undefined) throw keyMissing()
    const opened = (isSealed(kept) ? JSON.parse(openText(kept, this.#key ?? '')) : kept) as KeptSecrets
    const secrets = completed(opened)
    if (!isWhole(opened) || isSealed(kept) !== this.isSealed) this.#writeSecrets(secrets)
    writePrivate(join(this.path, 'admin-token'), secrets.adminToken)
    writePrivate(join(this.path, 'metrics-token'), secrets.metricsToken)
    return secrets
  }

  #writeSecrets(secrets: Secrets): void {
    const text = JSON.stringify(secrets)
    const kept = this.#key === undefined ? text : JSON.stringify(sealText(text, this.#key))
    writePrivate(join(this.path, 'secrets.json'), kept)
    this.#secrets = secrets
  }

  /** The file with what a deployment is to be started with, where something else than the supervisor starts it. */
  document(deployment: string): string {
    return join(this.path, 'deployments', `${deployment}.json`)
  }

  /** Writes a deployment's document, for its process alone to read. */
  writeDocument(deployment: string, document: object): void {
    makePrivate(join(this.path, 'deployments'), 0o700)
    writePrivate(this.document(deployment), `${JSON.stringify(document, undefined, 2)}\n`)
  }

  /** Removes every deployment's document. */
  removeDocuments(): void {
    rmSync(join(this.path, 'deployments'), { recursive: true, force: true })
  }

  /** Writes down where the running system is. */
  writeAddresses(addresses: SystemAddresses): void {
    writePrivate(join(this.path, 'system.json'), `${JSON.stringify(addresses, undefined, 2)}\n`)
  }

  /** Where the running system is. Throws `SYSTEM_UNKNOWN` when none was ever started here. */
  addresses(): SystemAddresses {
    try {
      return JSON.parse(readFileSync(join(this.path, 'system.json'), 'utf8')) as SystemAddresses
    } catch (cause) {
      throw systemUnknown(this.path, cause)
    }
  }

  /** The admin token. Throws `SYSTEM_UNKNOWN` when no system was ever started here. */
  adminToken(): string {
    try {
      return readFileSync(join(this.path, 'admin-token'), 'utf8')
    } catch (cause) {
      throw systemUnknown(this.path, cause)
    }
  }

  /** True once the demo tenants were onboarded: one that an operator removed later does not come back. */
  get demoOnboarded(): boolean {
    return existsSync(join(this.path, 'demo-onboarded'))
  }

  /** Notes that the demo tenants are there. */
  markDemoOnboarded(): void {
    writePrivate(join(this.path, 'demo-onboarded'), '')
  }
}

function newSecrets(): Secrets {
  const secret = () => randomBytes(32).toString('base64url')
  return {
    postgresPassword: secret(),
    relayPassword: secret(),
    adminToken: secret(),
    metricsToken: secret(),
    cookieKey: secret(),
    leaseMasters: [{ kid: 1, master: secret(), state: 'signing', madeAtMs: Date.now() }],
    tokenSigningKeys: [{ jwk: generateSigningJwk(), signsAtMs: Date.now() }],
    eventSigningKey: generateSigningJwk(),
    identitySigningKey: generateSigningJwk(),
    jobMaster: secret(),
  }
}

type KeptSecrets = Partial<Secrets> & { readonly tokenSigningKey?: JsonWebKey }

/** False for what a version before kept. */
function isWhole({ jobMaster, tokenSigningKeys, metricsToken }: KeptSecrets): boolean {
  return [jobMaster, tokenSigningKeys, metricsToken].every((secret) => secret !== undefined)
}

/** What was kept, with what a version before did not have; one from before keys rotated has one signing key of tokens. */
function completed({ tokenSigningKey: jwk, ...kept }: KeptSecrets): Secrets {
  const keys = jwk && { tokenSigningKeys: [{ jwk, signsAtMs: 0 }] }
  return { ...(isWhole(kept) ? undefined : newSecrets()), ...keys, ...kept } as Secrets
}

function keyMissing(): TenantryError {
  return new TenantryError('STATE_KEY_MISSING', 'the secrets at rest are sealed, and there is no key', {
    help: 'give the key that they were sealed with in `TENANTRY_STATE_KEY`',
  })
}

function makePrivate(path: string, mode: number): void {
  mkdirSync(path, { recursive: true, mode })
  chmodSync(path, mode)
}

// Written beside and renamed, so that a start that is cut off never leaves half a file.
function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}

function systemUnknown(path: string, cause: unknown): TenantryError {
  return new TenantryError('SYSTEM_UNKNOWN', `no system was started with its state in \`${path}\``, {
    help: 'run `npm start` first, or name the folder in `TENANTRY_HOME`',
    cause,
  })
}
