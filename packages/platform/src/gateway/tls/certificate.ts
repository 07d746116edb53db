import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { TenantryError } from '@tenantry/context'
import type { GatewayConfig } from '@tenantry/routing'

/** Where a certificate, with its chain, and its key are, as PEM. */
export type CertificateFiles = NonNullable<GatewayConfig['tls']>

/** A certificate with its chain, and its key, which belong together. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** When it expires, as it says itself. */
  readonly validTo: string
}

/** The files that a configuration names, from the folder that it is in. */
export function certificateFilesIn(folder: string, { cert, key }: CertificateFiles): CertificateFiles {
  return { cert: resolve(folder, cert), key: resolve(folder, key) }
}

/** Reads both files. Throws `TLS_FILES`, naming the file and what is wrong with it, when they are not a certificate and its key. */
export function readCertificate(files: CertificateFiles): Certificate {
  const cert = readPem(files, 'cert')
  const key = readPem(files, 'key')
  const certificate = parse(() => new X509Certificate(cert), {
    path: files.cert,
    fact: 'holds no certificate in PEM',
    help: '`gateway.tls.cert` of tenantry.config.ts names the certificate first and its chain behind it',
  })
  const privateKey = parse(() => createPrivateKey(key), {
    path: files.key,
    fact: 'holds no private key in PEM that is not encrypted',
    help: '`gateway.tls.key` of tenantry.config.ts names a key without a passphrase; keep its file to this user',
  })
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TenantryError('TLS_FILES', `\`${files.key}\` is not the key of \`${files.cert}\``, {
      help: 'put both files of one certificate in place; `gateway.tls` of tenantry.config.ts names them',
    })
  }
  return { cert, key, validTo: certificate.validTo }
}

function readPem(files: CertificateFiles, which: keyof CertificateFiles): string {
  const path = files[which]
  return parse(() => readFileSync(path, 'utf8'), {
    path,
    fact: 'cannot be read',
    help: `\`gateway.tls.${which}\` of tenantry.config.ts names it, from the folder of that file; see whether it is there and who may read it`,
  })
}

// The cause is told by its code alone: a parser's message can show what it read.
function parse<Value>(
  read: () => Value,
  { path, fact, help }: { path: string; fact: string; help: string },
): Value {
  try {
    return read()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new TenantryError('TLS_FILES', `\`${path}\` ${fact}${code ? ` (${code})` : ''}`, { help })
  }
}
