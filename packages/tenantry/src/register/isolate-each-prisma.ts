import { registerHooks } from 'node:module'
import { isolatePrisma } from '../prisma.ts'
import { requireRuntime } from '../runtime/require-runtime.ts'

type PrismaClass = new (...args: never[]) => object

const runtimePattern = /^@prisma\/client\/runtime\/client(\.m?js)?$/
const mark = '?tenantry'

/** Keeps the operations of one request apart from every other's in each Prisma client that is made from here on. */
export function isolateEachPrisma(): void {
  registerHooks({
    resolve(asked, context, next) {
      const resolved = next(asked, context)
      return runtimePattern.test(asked)
        ? { ...resolved, url: resolved.url + mark, format: 'module' }
        : resolved
    },
    load(url, context, next) {
      if (!url.endsWith(mark)) return next(url, context)
      const source = isolatedRuntime(url.slice(0, -mark.length))
      return { format: 'module', source, shortCircuit: true }
    },
  })
}

/** Prisma's own module, with the one function replaced that makes the classes of generated clients. */
function isolatedRuntime(url: string): string {
  return `
    import * as own from ${JSON.stringify(url)}
    import { isolatedClass } from ${JSON.stringify(import.meta.url)}
    export * from ${JSON.stringify(url)}
    export const getPrismaClient = (config) => isolatedClass((own.default ?? own).getPrismaClient(config))
    const required = Object.create(own.default ?? own, { getPrismaClient: { value: getPrismaClient, enumerable: true } })
    export { required as default, required as 'module.exports' }
  `
}

/** A generated client's class whose clients keep the operations of one request apart from every other's. */
export function isolatedClass(Client: PrismaClass): PrismaClass {
  return new Proxy(Client, {
    construct: (target, args, self) =>
      isolatePrisma(Reflect.construct(target, args, self), {
        adopting: requireRuntime().adoption !== undefined,
      }),
  })
}
