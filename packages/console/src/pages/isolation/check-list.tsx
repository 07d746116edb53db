/** Facts that were asked of a database, and hold. */
export function CheckList({
  checks,
}: {
  checks: readonly { readonly name: string; readonly fact: string }[]
}) {
  return (
    <ul className="checks">
      {checks.map(({ name, fact }) => (
        <li key={name}>
          <span>{fact}</span> <code>{name}</code>
        </li>
      ))}
    </ul>
  )
}
