interface SortableHeadProps<O extends string> {
  readonly text: string
  readonly by: O
  readonly order: O
  readonly isDescending: boolean
  readonly isNumber?: boolean
  readonly orderBy: (by: O) => void
}

/** A column's heading that orders by it, and the other way round when it is pressed again. */
export function SortableHead<O extends string>(props: SortableHeadProps<O>) {
  const { text, by, order, isDescending, isNumber = false, orderBy } = props
  const isOrder = by === order
  return (
    <th
      scope="col"
      className={isNumber ? 'number' : undefined}
      aria-sort={isOrder ? (isDescending ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" className="sort-button" onClick={() => orderBy(by)}>
        {text}
        {isOrder && <span aria-hidden="true">{isDescending ? '↓' : '↑'}</span>}
      </button>
    </th>
  )
}
