import { hrefTo, type PageName, pages } from '../routing/route.ts'

/** The pages, and which of them is shown. */
export function Navigation({ current }: { current: PageName }) {
  return (
    <nav aria-label="Pages" className="navigation">
      {pages.map(({ page, title }, at) => (
        <a key={page} href={hrefTo(page)} aria-current={page === current ? 'page' : undefined}>
          <span>{title}</span>
          <span className="key" aria-hidden="true">
            {at + 1}
          </span>
        </a>
      ))}
    </nav>
  )
}
