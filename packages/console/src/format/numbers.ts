const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** 1,204; from a hundred thousand on 120.4K. */
export function formatCount(count: number): string {
  return count < 100_000 ? whole.format(count) : compact.format(count)
}

/** A rate of any kind: 0, 0.25, 7.4, 84, 1.2K. What is there and tiny is not told as nothing. */
export function formatRate(rate: number): string {
  if (rate === 0) return '0'
  if (rate < 0.01) return '<0.01'
  if (rate < 1) return trim(rate.toFixed(2))
  if (rate < 20) return trim(rate.toFixed(1))
  return rate < 10_000 ? whole.format(rate) : compact.format(rate)
}

/** A duration of `ms` milliseconds: 0.8 ms, 42 ms, 1.25 s, 3 min 20 s. A dash for none. */
export function formatMs(ms: number | null): string {
  if (ms === null) return '–'
  if (ms < 10) return `${trim(ms.toFixed(1))} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${trim((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3_600)} h ${Math.round((seconds % 3_600) / 60)} min`
}

/** 640 B, 1.2 kB, 34 MB: decimal. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = Math.min(units.length - 1, bytes < 1_000 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const figure = bytes / 1_000 ** step
  return `${figure < 10 && step > 0 ? trim(figure.toFixed(1)) : whole.format(figure)} ${units[step]}`
}

/** 3 %, 0.4 %; of a share between 0 and 1. */
export function formatShare(share: number): string {
  const percent = share * 100
  return `${percent > 0 && percent < 1 ? trim(percent.toFixed(1)) : whole.format(percent)} %`
}

/** An amount of money, to the cent, and below a cent to its first two digits. */
export function formatMoney(amount: number, currency: string): string {
  const isTiny = amount !== 0 && Math.abs(amount) < 0.01
  const digits = isTiny
    ? { maximumSignificantDigits: 2 }
    : { maximumFractionDigits: 2, minimumFractionDigits: 2 }
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency, ...digits }).format(amount)
  } catch {
    return `${new Intl.NumberFormat('en', digits).format(amount)} ${currency}`
  }
}

function trim(figure: string): string {
  return figure.includes('.') ? figure.replace(/\.?0+$/, '') : figure
}
