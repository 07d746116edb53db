import { registerHooks } from 'node:module'

/**
 * Makes whoever asks for `specifier` from here on, by `import` or by `require`, get the module at `url`. What was loaded before
 * keeps what it has.
 */
export function replaceModule(specifier: string, url: string): void {
  registerHooks({
    resolve: (asked, context, next) =>
      asked === specifier ? { url, shortCircuit: true } : next(asked, context),
  })
}
