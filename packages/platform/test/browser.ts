/** What a browser does with a sign-in: cookies by host name whatever the port, redirects, and the headers that no script sets. */
export class Browser {
  readonly #jars = new Map<string, Map<string, string>>()

  /** The cookies of this machine, as a `Cookie` header has them. */
  cookies(url: string): string {
    return [...this.#jar(url)].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  cookie(url: string, name: string): string | undefined {
    return this.#jar(url).get(name)
  }

  setCookie(url: string, name: string, value: string): void {
    this.#jar(url).set(name, value)
  }

  /** One request, without following where it leads. */
  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    const cookies = this.cookies(url)
    if (cookies) headers.set('cookie', cookies)
    const answer = await fetch(url, { redirect: 'manual', ...init, headers })
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(set)) this.#jar(url).delete(name)
      else this.#jar(url).set(name, value)
    }
    return answer
  }

  /** Follows redirects until a page comes, or until one leads to an address that begins with `until`, which is not asked. */
  async visit(url: string, until?: string): Promise<{ url: string; answer: Response }> {
    let at = url
    for (let redirects = 0; redirects < 12; redirects++) {
      const answer = await this.fetch(at)
      const location = answer.headers.get('location')
      if (location === null) return { url: at, answer }
      at = new URL(location, at).href
      if (until !== undefined && at.startsWith(until)) return { url: at, answer }
    }
    throw new Error(`too many redirects from ${url}`)
  }

  /** Chooses a user on the demo's page; answers where the browser is sent back to, which is not asked yet. */
  async choose(page: string, login: string, until: string): Promise<{ url: string; answer: Response }> {
    const body = new URLSearchParams({ login })
    const answer = await this.fetch(page, { method: 'POST', body })
    const location = answer.headers.get('location')
    if (location === null) return { url: page, answer }
    return this.visit(new URL(location, page).href, until)
  }

  #jar(url: string): Map<string, string> {
    const { hostname } = new URL(url)
    const jar = this.#jars.get(hostname) ?? new Map<string, string>()
    this.#jars.set(hostname, jar)
    return jar
  }
}
