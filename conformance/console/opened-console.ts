import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import type { RunningSystem } from '../end-to-end/running-system.ts'
import { signIn } from './sign-in.ts'

/** The console as an operator has it open, of a running system, and what its browser complained of. */
export class OpenedConsole {
  readonly system: RunningSystem
  readonly url: string
  /** What a person never sees and a developer would: errors in the browser's console, and what its policy refused. */
  readonly complaints: string[] = []
  #browser: Browser | undefined
  #context: BrowserContext | undefined
  #page: Page | undefined

  constructor(system: RunningSystem) {
    this.system = system
    this.url = `http://localhost:${system.env.TENANTRY_CONTROL_PORT}/`
  }

  get page(): Page {
    return this.#page ?? assert.fail('the console is not open')
  }

  get context(): BrowserContext {
    return this.#context ?? assert.fail('the console is not open')
  }

  /** Opens the page where the operator is not signed in yet. */
  async open(browser: Browser): Promise<void> {
    this.#browser = browser
    this.#context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    this.#page = await this.#context.newPage()
    this.#page.setDefaultTimeout(10_000)
    this.#page.on('pageerror', (error) => this.complaints.push(String(error.stack)))
    this.#page.on('console', (message) => {
      const of = message.location().url
      // A browser logs an answer of 401 as an error: that nobody is signed in is what the page asks for. So is that cost is not known.
      if (message.type() === 'error' && !/\/(session|cost)$/.test(of))
        this.complaints.push(`${message.text()} ${of}`)
    })
    await this.#page.goto(this.url)
  }

  async signIn(): Promise<void> {
    await signIn(this.page, this.url)
  }

  /** Goes to a place of the page, as a link there would. */
  async goTo(hash: string): Promise<void> {
    await this.page.goto(`${this.url}${hash}`)
  }

  /** A part of the page by its title. */
  panel(title: string): Locator {
    return this.page.getByRole('region', { name: title, exact: true })
  }

  async close(): Promise<void> {
    await this.#browser?.close()
  }
}
