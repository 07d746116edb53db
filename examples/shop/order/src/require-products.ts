/** Makes sure that every product exists; the first that does not is answered with 400 and its place in the list. */
export async function requireProducts(ids: readonly string[]): Promise<void> {
  const found = await Promise.all([...new Set(ids)].map(async (id) => [id, await productExists(id)] as const))
  const missing = found.find(([, exists]) => !exists)
  if (!missing) return
  const field = `products[${ids.indexOf(missing[0])}]`
  throw Object.assign(new Error(`${field}: there is no product ${missing[0]}`), { statusCode: 400 })
}

async function productExists(id: string): Promise<boolean> {
  const answer = await fetch(`http://product/products/${id}`)
  await answer.body?.cancel()
  if (answer.ok || answer.status === 404) return answer.ok
  throw Object.assign(new Error(`product answered ${answer.status}`), { statusCode: 503 })
}
