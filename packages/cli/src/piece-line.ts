/** A text and its style. */
export type Piece = readonly [text: string, style?: (text: string) => string]

/** Pieces as one line of at most so many columns; what was cut off is told by `…`. */
export function pieceLine(pieces: readonly Piece[], columns: number): string {
  let room = columns
  let line = ''
  const isCut = pieces.reduce((width, [text]) => width + text.length, 0) > columns
  for (const [text, style = asItIs] of pieces) {
    if (room <= 0) break
    const fits = isCut && text.length >= room ? `${text.slice(0, room - 1)}…` : text
    room -= fits.length
    line += style(fits)
  }
  return line
}

const asItIs = (text: string) => text
