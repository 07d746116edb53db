/** Text that others wrote, fit for a terminal: a control character in it would move the cursor, or forge a line. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�')
}
