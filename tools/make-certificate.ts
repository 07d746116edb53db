import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Why no certificate can be made here, or false. */
export const opensslMissing =
  spawnSync('openssl', ['version']).status === 0 ? false : 'there is no openssl on this machine'

/** Makes a certificate for `localhost`, signed by itself, and its key, as PEM files in `folder`. Returns their paths. */
export function makeCertificate(folder: string, name: string): { cert: string; key: string } {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-nodes',
        '-days',
        '2',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
      ],
      ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', files.key, '-out', files.cert],
    ],
    { stdio: 'ignore' },
  )
  return files
}
