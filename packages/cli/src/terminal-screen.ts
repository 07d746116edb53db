import type { WriteStream } from 'node:tty'
import type { ScreenSize } from './screen-size.ts'

// ECMA-48, and DEC's private modes as every terminal has them.
const alternateScreen = { enter: '\x1b[?1049h', leave: '\x1b[?1049l' }
const cursor = { hide: '\x1b[?25l', show: '\x1b[?25h' }
const home = '\x1b[H'
const clearLine = '\x1b[2K'
const clearBelow = '\r\n\x1b[J'

/** A screen of its own in the terminal. What was there before is there again once it is closed, or the process ends. */
export class TerminalScreen {
  readonly #output: WriteStream
  readonly #restore = () => this.close()
  #isOpen = false

  constructor(output: WriteStream) {
    this.#output = output
  }

  get size(): ScreenSize {
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 }
  }

  open(): void {
    this.#isOpen = true
    process.once('exit', this.#restore)
    this.#output.write(alternateScreen.enter + cursor.hide)
  }

  /** Draws over what was drawn before, without clearing it first: nothing flickers. A slow terminal misses some. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen || this.#output.writableNeedDrain) return
    // A line is cleared before it is written: after its last column, the cursor still stands on it.
    const text = lines.map((line) => clearLine + line).join('\r\n')
    this.#output.write(home + text + (lines.length < this.size.rows ? clearBelow : ''))
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    process.off('exit', this.#restore)
    this.#output.write(cursor.show + alternateScreen.leave)
  }
}
