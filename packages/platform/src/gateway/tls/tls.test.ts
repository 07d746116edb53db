import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request, Server } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, afterEach, before, test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { pino } from 'pino'
import { WebSocket, WebSocketServer } from 'ws'
import { makeCertificate, opensslMissing } from '../../../../../tools/make-certificate.ts'
import { RunningGateway, until } from '../../../test/running-gateway.ts'
import { type CertificateFiles, readCertificate } from './certificate.ts'
import { keepCertificate } from './keep-certificate.ts'

const options = { skip: opensslMissing }
const folder = mkdtempSync(join(tmpdir(), 'tenantry-tls-'))
const files: CertificateFiles = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
let [one, other]: [CertificateFiles?, CertificateFiles?] = []
let gateway: RunningGateway
const log: string[] = []
let stop: () => void = () => undefined

before(() => {
  if (opensslMissing) return
  one = makeCertificate(folder, 'one')
  other = makeCertificate(folder, 'other')
})
afterEach(async () => {
  stop()
  stop = () => undefined
  await gateway?.close()
})
after(() => rmSync(folder, { recursive: true }))

/** Puts a certificate and its key, or either of another's, where the gateway reads them. */
function put({ cert, key }: Partial<CertificateFiles> = {}): void {
  if (cert) copyFileSync(cert, files.cert)
  if (key) copyFileSync(key, files.key)
}

async function start(): Promise<void> {
  log.length = 0
  put(one)
  const certificate = readCertificate(files)
  gateway = await RunningGateway.start({ certificate })
  assert.ok(gateway.server instanceof Server)
  stop = keepCertificate(gateway.server, files, {
    current: certificate,
    log: pino({}, { write: (line) => log.push(line) }),
  })
}

const port = () => Number(new URL(gateway.origin).port)
const trusted = () => [one, other].map((known) => readCertificate(known ?? assert.fail()).cert)

async function handshake(more: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port: port(), host: 'localhost', ca: trusted(), ...more })
  await once(socket, 'secureConnect')
  return socket
}

const nameOf = (socket: TLSSocket) => socket.getPeerCertificate().subject.CN

test('a request is served over TLS, and the service is told that it came so', options, async () => {
  await start()
  await gateway.serve((received, response) => response.end(received.headers['x-forwarded-proto']))
  const authorization = `Bearer ${await gateway.token()}`
  const asked = request({
    port: port(),
    host: 'localhost',
    path: '/orders',
    ca: trusted(),
    headers: { authorization },
  })
  const [answer] = await once(asked.end(), 'response')
  assert.deepEqual([answer.statusCode, await text(answer)], [200, 'https'])
})

test('WebSockets are served over TLS', options, async () => {
  await start()
  const service = createServer()
  const sockets = new WebSocketServer({ server: service })
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  gateway.place([await gateway.startCopy(service)])
  const headers = { authorization: `Bearer ${await gateway.token()}` }
  const socket = new WebSocket(`wss://localhost:${port()}/orders`, { ca: trusted(), headers })
  await once(socket, 'open')
  socket.send('x'.repeat(1_000_000))
  assert.equal(String((await once(socket, 'message'))[0]).length, 1_000_000)
  socket.close()
  await once(socket, 'close')
  await until(() => gateway.sockets.size === 0)
})

test('nothing older than TLS 1.2 is spoken, and nothing but HTTP/1.1 in it', options, async () => {
  await start()
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = await handshake({
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    assert.deepEqual([socket.getProtocol(), socket.alpnProtocol], [version, 'http/1.1'])
    socket.destroy()
  }
  // Level 0 lets this client offer what the gateway has to refuse.
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  await assert.rejects(handshake(old), /protocol version|wrong version|ECONNRESET|disconnected/i)
  await assert.rejects(
    handshake({ ALPNProtocols: ['h2'] }),
    /no application protocol|ECONNRESET|disconnected/i,
  )
})

test('what does not speak TLS is hung up on, and the gateway serves on', options, async () => {
  await start()
  for (const bytes of ['GET /orders HTTP/1.1\r\nHost: x\r\n\r\n', '\0\0\0\0', '\x16\x03\x01\xff\xff']) {
    const socket = connectPlain(port(), '127.0.0.1').on('error', () => undefined)
    socket.end(bytes)
    assert.doesNotMatch(await text(socket), /HTTP\/1\.1|"code"/)
  }
  ;(await handshake()).destroy()
  assert.deepEqual(gateway.lines, [])
})

test(
  'a certificate that was replaced is used for new connections, and open ones go on',
  options,
  async () => {
    await start()
    await gateway.serve((_, response) => response.end('done'))
    const before = await handshake()
    assert.equal(nameOf(before), 'one')
    put(other)
    const replacedAtMs = performance.now()
    for (let name = ''; name !== 'other'; ) {
      assert.ok(performance.now() - replacedAtMs < 5_000, 'not within 5 s')
      const socket = await handshake()
      name = String(nameOf(socket))
      socket.destroy()
    }
    before.write(
      `GET /orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await gateway.token()}\r\nConnection: close\r\n\r\n`,
    )
    assert.match(await text(before), /^HTTP\/1\.1 200 /)
    assert.match(log.join(''), /TLS_CERTIFICATE_READ/)
  },
)

test('SIGHUP has it read at once', options, async () => {
  await start()
  put(other)
  process.kill(process.pid, 'SIGHUP')
  await until(() => log.length === 1)
  const socket = await handshake()
  assert.equal(nameOf(socket), 'other')
  socket.destroy()
})

test(
  'files that do not belong together change nothing, are told of once, and are taken when they do',
  options,
  async () => {
    await start()
    put({ cert: other?.cert })
    for (let count = 0; count < 3; count++) process.emit('SIGHUP', 'SIGHUP')
    assert.equal(log.length, 1)
    assert.match(log[0] ?? '', /TLS_FILES.*is not the key of.*stays in use/)
    const socket = await handshake()
    assert.equal(nameOf(socket), 'one')
    socket.destroy()
    put({ key: other?.key })
    process.emit('SIGHUP', 'SIGHUP')
    const renewed = await handshake()
    assert.equal(nameOf(renewed), 'other')
    renewed.destroy()
  },
)

test(
  'what is no certificate or no key is named by its path, with the mend, and nothing of it is shown',
  options,
  () => {
    put(one)
    const secret = join(folder, 'secret.pem')
    writeFileSync(secret, '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n')
    for (const [changed, fact, which] of [
      [{ cert: join(folder, 'none.crt') }, /none\.crt` cannot be read \(ENOENT\)$/, 'cert'],
      [{ key: join(folder, 'none.key') }, /none\.key` cannot be read \(ENOENT\)$/, 'key'],
      [{ cert: one?.key }, /one\.key` holds no certificate in PEM/, 'cert'],
      [{ key: one?.cert }, /one\.crt` holds no private key in PEM/, 'key'],
      [{ key: secret }, /secret\.pem` holds no private key in PEM/, 'key'],
      [{ key: other?.key }, /other\.key` is not the key of `.*tls\.crt`$/, undefined],
    ] as const) {
      assert.throws(
        () => readCertificate({ ...files, ...changed } as CertificateFiles),
        (error: Error & { code: string; help: string }) => {
          assert.equal(error.code, 'TLS_FILES')
          assert.match(error.message, fact)
          assert.match(error.help, new RegExp(which ? `gateway\\.tls\\.${which}` : 'gateway\\.tls'))
          assert.doesNotMatch(JSON.stringify(error) + error.stack, /hunter2|BEGIN/)
          return true
        },
      )
    }
  },
)
