import type { TenantPrefix } from './tenant-prefix.ts'

type Read = (answer: unknown[], prefix: TenantPrefix) => unknown

const first: Read = ([key, ...rest], prefix) => [prefix.takeFrom(key), ...rest]
// A map, which the driver gives as pairs, or in turn where it does not know the command by its spelling.
const firstOfEach: Read = (answer, prefix) =>
  Array.isArray(answer[0])
    ? answer.map((entry) => (Array.isArray(entry) ? first(entry, prefix) : entry))
    : answer.map((entry, at) => (at % 2 === 0 ? prefix.takeFrom(entry) : entry))

/** Where keys come back in answers. Redis does not say; one that is missing here comes back with its tenant's own prefix. */
const answers: Record<string, Read> = {
  blpop: first,
  brpop: first,
  bzpopmin: first,
  bzpopmax: first,
  lmpop: first,
  blmpop: first,
  zmpop: first,
  bzmpop: first,
  xread: firstOfEach,
  xreadgroup: firstOfEach,
  exec: (answer, prefix) => answer.map((one) => prefix.takeFromError(one)),
  // INVARIANT: whatever the pattern was taken for, a foreign key is in no answer.
  scan: ([cursor, keys], prefix) => [
    cursor,
    Array.isArray(keys) ? keys.filter((key) => prefix.begins(key)).map((key) => prefix.takeFrom(key)) : keys,
  ],
}

/** The answer with the keys that the tenant gave, not those that Redis stores. */
export function readOwnKeys(command: string, answer: unknown, prefix: TenantPrefix): unknown {
  const read = Object.hasOwn(answers, command) ? answers[command] : undefined
  return read && Array.isArray(answer) ? read(answer, prefix) : answer
}
