import type { ApiError } from '../api/api-error.ts'

/** Why something came to nothing: the message, its code and the next step. */
export function ErrorNotice({ error }: { error: ApiError }) {
  if (error.isAbsent) return <p className="empty">This is not available from this control plane.</p>
  return (
    <div className="notice is-bad" role="alert">
      <p>
        <strong>{sentence(error.message)}</strong> <code>{error.code}</code>
      </p>
      {error.help && <p className="notice-help">{sentence(error.help)}</p>}
      {error.requestId && <p className="quiet">request {error.requestId}</p>}
    </div>
  )
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?…]$/.test(first) ? first : `${first}.`
}
