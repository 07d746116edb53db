/** Texts as somebody would choose them who wants another line, another label or another tenant on the page. */
const texts = [
  '"} 1\nevil_total{tenant_id="tenant-0',
  '\\',
  '\u0000',
  '\u2028',
  '<script>',
  'x'.repeat(10_000),
  '$(n)',
  'a,b="c"',
  '𝕏',
]

/** Another such text for each number. */
export function hostile(n: number): string {
  return `${n}${texts[n % texts.length]}`
}

/** Attributes as a service would set them that passes on what it is sent. */
export function hostileAttributes(n: number): Record<string, string> {
  return { note: hostile(n), 'tenant-id': `tenant-${n + 1}`, [`key ${n % 7}`]: String(n), le: hostile(n) }
}
