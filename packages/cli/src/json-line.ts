/** A value as one line of JSON that is fit for a terminal, too: control characters are escaped, those that JSON leaves alone among them. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (control) =>
    Array.from({ length: control.length }, (_, at) => escapeOf(control.charCodeAt(at))).join(''),
  )
}

function escapeOf(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}
