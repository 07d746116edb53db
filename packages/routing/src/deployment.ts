/**
 * What a deployment needs of routing while it runs. By itself, so that the process of a service does not load what configurations are read and
 * checked with.
 * @module
 */
export { answerHops } from './hops/answer-hops.ts'
export { HopLog } from './hops/hop-log.ts'
export { FairQueue } from './limits/fair-queue.ts'
export { OwnWeights } from './limits/own-weights.ts'
export { createRouteResolver } from './route-resolver.ts'
