import type { DemoUser } from './users.ts'

/** The page on which a demo user is chosen. Logins are made of slugs and roles, so there is nothing to escape. */
export function signInPage(users: readonly DemoUser[]): string {
  const tenants = Map.groupBy(users, ({ tenant }) => tenant)
  const rows = [...tenants].map(([tenant, members]) => {
    const buttons = members.map(({ login, role }) => `<button name="login" value="${login}">${role}</button>`)
    return `<tr><th scope="row">${tenant}</th><td>${members[0]?.tier}</td><td>${buttons.join(' ')}</td></tr>`
  })
  return page('Sign in to the demo', `<table>${rows.join('')}</table>`)
}

/** The page on which the console's one demo user signs in. */
export function operatorPage({ login, name }: { login: string; name: string }): string {
  const row = `<tr><th scope="row">${name}</th><td>no tenant</td><td><button name="login" value="${login}">${login}</button></td></tr>`
  return page('Sign in to the console', `<table>${row}</table>`)
}

function page(title: string, table: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 42rem; margin: 4rem auto; padding: 0 1rem } h1 { font-size: 1.5rem; margin: 0 }
p { opacity: .75; margin: .25rem 0 2rem } table { width: 100%; border-collapse: collapse }
th, td { text-align: left; padding: .6rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); font-weight: 400 }
th { font-weight: 600 } td:last-child { text-align: right }
button { font: inherit; padding: .25rem .9rem; border-radius: .5rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); background: none; color: inherit; cursor: pointer }
button:hover, button:focus-visible { background: #0b63c5; border-color: #0b63c5; color: #fff }
</style></head><body><h1>${title}</h1><p>Choose who you are. There are no passwords here.</p>
<form method="post">${table}</form></body></html>`
}
