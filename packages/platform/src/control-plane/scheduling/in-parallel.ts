/**
 * Runs `work` for every item, at most `max` at once, and settles with the results in the items' order. Rejects with the
 * first error once nothing runs any more; after it, nothing new is begun.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  max: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const errors: unknown[] = []
  let next = 0
  const worker = async () => {
    for (let at = next++; at < items.length && errors.length === 0; at = next++) {
      try {
        results[at] = await work(items[at] as T)
      } catch (error) {
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, worker))
  if (errors.length > 0) throw errors[0]
  return results
}
