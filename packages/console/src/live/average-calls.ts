import type { Call } from '../api/snapshot.ts'

/** Over how many seconds calls are averaged: one of them alone flickers where few come. */
export const secondsAveraged = 5

/** Who called whom how often in a second, over the seconds that are given; the most first. */
export function averageCalls(seconds: readonly (readonly Call[])[]): readonly Call[] {
  const sums = new Map<string, Call>()
  for (const call of seconds.flat()) {
    const key = `${call.from} ${call.to}`
    sums.set(key, { ...call, perSecond: (sums.get(key)?.perSecond ?? 0) + call.perSecond })
  }
  return [...sums.values()]
    .map((call) => ({ ...call, perSecond: call.perSecond / seconds.length }))
    .sort((a, b) => b.perSecond - a.perSecond)
}
