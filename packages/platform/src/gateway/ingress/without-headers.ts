/** Raw headers without those of these names, which are in lower case. */
export function withoutHeaders(rawHeaders: readonly string[], names: readonly string[]): string[] {
  const kept: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2)
    if (!names.includes(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}
