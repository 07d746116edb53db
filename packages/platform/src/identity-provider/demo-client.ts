/** The public client that the `tenantry` command signs in as; its redirect is never followed. */
export const cliClient = { id: 'tenantry-cli', redirectUri: 'http://127.0.0.1/callback' } as const

/** The scope that the demo's one resource has. */
export const resourceScope = 'shop'
