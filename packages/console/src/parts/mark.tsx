/** The mark of the product: a pool, and beside it silos. */
export function Mark() {
  return (
    <svg className="mark" width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <rect className="mark-pool" x="1" y="1" width="11" height="18" rx="3" />
      <rect className="mark-silo" x="14" y="1" width="5" height="8" rx="2" />
      <rect className="mark-silo" x="14" y="11" width="5" height="8" rx="2" />
    </svg>
  )
}
