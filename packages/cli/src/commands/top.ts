import { once } from 'node:events'
import type { LiveSnapshot } from '@tenantry/platform'
import { Command, Option } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { followLive } from '../follow-live.ts'
import { jsonLine } from '../json-line.ts'
import { type TopColumn, topColumns } from '../top-columns.ts'
import { topScreen } from '../top-screen.ts'
import { watchTop } from '../watch-top.ts'

interface TopFlags {
  readonly tenant: string
  readonly sort: TopColumn
  readonly once?: boolean
  readonly json?: boolean
}

type Live = (signal: AbortSignal) => AsyncIterable<LiveSnapshot>

/** `tenantry top`: what happens now, in place, once or as JSON lines. */
export function topCommand(): Command {
  return new Command('top')
    .description('what happens now, and who does it: q quits, s or arrows sort, / filters')
    .option('--tenant <text>', 'only tenants whose id has it in it', '')
    .addOption(
      new Option('--sort <column>', 'what the tenants are sorted by')
        .choices(Object.keys(topColumns))
        .default('requests'),
    )
    .option('--once', 'print one second as text, and end; so it is without a terminal')
    .addOption(
      new Option('--json', 'as JSON, each second a line, with every figure of every tenant').conflicts([
        'tenant',
        'sort',
      ]),
    )
    .action(async ({ tenant: filter, sort, once: isOnce, json }: TopFlags) => {
      const controlPlane = connectControlPlane()
      const live: Live = (signal) => controlPlane.live(signal)
      const view = { sort, filter, isTyping: false }
      const { stdin: input, stdout: output } = process
      if (json) return printLines(live, { isOnce })
      if (!isOnce && output.isTTY)
        return watchTop((signal) => followLive(live, signal), { input, output, view })
      const size = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY }
      for await (const snapshot of live(new AbortController().signal))
        return console.log(topScreen({ snapshot }, view, size).join('\n'))
    })
}

/** Prints until nobody reads it, and rejects when the control plane is away: nothing in the lines could say so. */
async function printLines(live: Live, { isOnce = false }: { isOnce?: boolean | undefined }): Promise<void> {
  const ended = new AbortController()
  const { signal } = ended
  process.stdout.on('error', () => ended.abort())
  for await (const snapshot of live(signal)) {
    const isRead = process.stdout.write(`${jsonLine(snapshot)}\n`)
    if (isOnce) return
    if (!isRead) await once(process.stdout, 'drain', { signal }).catch(() => undefined)
  }
}
