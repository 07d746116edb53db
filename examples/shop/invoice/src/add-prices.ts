/** Adds decimal prices exactly, to the cent. */
export function addPrices(prices: readonly string[]): string {
  const cents = prices.reduce((sum, price) => sum + toCents(price), 0n)
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
}

function toCents(price: string): bigint {
  const [, whole, decimals = ''] = /^(\d+)(?:\.(\d{1,2}))?$/.exec(price) ?? []
  if (whole === undefined) throw new Error(`${price} is no price`)
  return BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0'))
}
