/** Does all of `work`, `width` at a time, in its order. When one fails, the others end before its error is passed on. */
export async function inParallel(work: readonly (() => Promise<unknown>)[], width: number): Promise<void> {
  const rest = [...work]
  const lane = async () => {
    for (let next = rest.shift(); next; next = rest.shift()) await next()
  }
  const ended = await Promise.allSettled(Array.from({ length: width }, lane))
  const failed = ended.find((each) => each.status === 'rejected')
  if (failed) throw failed.reason
}
