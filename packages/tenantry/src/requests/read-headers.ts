/** Every value of a header, `name` in lower case, as it was sent: Node joins or drops duplicates elsewhere. */
export function readHeaders(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name)
}
