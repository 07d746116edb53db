import type { Server } from 'node:https'
import { isTenantryError } from '@tenantry/context'
import type { Logger } from 'pino'
import { type Certificate, type CertificateFiles, readCertificate } from './certificate.ts'
import { tlsOptions } from './tls-options.ts'

const readMs = 2_000

/**
 * Keeps the server's certificate that of its files: they are read every 2 s, and at once on SIGHUP. New connections get what was read last,
 * and those that are open stay as they are. Files that do not belong together, as between two that are being replaced, change nothing,
 * and are told of once. Returns what ends it.
 */
export function keepCertificate(
  server: Server,
  files: CertificateFiles,
  { current, log }: { current: Certificate; log: Logger },
): () => void {
  let told: string | undefined
  const read = () => {
    try {
      const certificate = readCertificate(files)
      told = undefined
      if (certificate.cert === current.cert && certificate.key === current.key) return
      server.setSecureContext({ ...tlsOptions, ...certificate })
      current = certificate
      log.info({ code: 'TLS_CERTIFICATE_READ', valid_to: certificate.validTo }, 'a new certificate is in use')
    } catch (error) {
      const { message } = error as Error
      if (told === message) return
      told = message
      const { help } = isTenantryError(error) ? error : { help: undefined }
      log.warn({ code: 'TLS_FILES', help }, `${message}; the certificate from before stays in use`)
    }
  }
  const reading = setInterval(read, readMs).unref()
  process.on('SIGHUP', read)
  return () => {
    clearInterval(reading)
    process.off('SIGHUP', read)
  }
}
