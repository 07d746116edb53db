/** A page of a few words, for a browser that has nothing better to show. */
export function plainPage(title: string, text: string, link?: { href: string; text: string }): string {
  const next = link ? `<p><a href="${escaped(link.href)}">${escaped(link.text)}</a></p>` : ''
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head><body><h1>${escaped(title)}</h1><p>${escaped(text)}</p>${next}</body></html>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
