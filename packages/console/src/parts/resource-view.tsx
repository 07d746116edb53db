import type { ReactNode } from 'react'
import type { Resource } from '../use-resource.ts'
import { ErrorNotice } from './error-notice.tsx'

/** Shows what was asked for; before it came a quiet place for it, and why it did not come. */
export function ResourceView<T>({
  resource,
  children,
}: {
  resource: Resource<T>
  children: (data: T) => ReactNode
}) {
  const { data } = resource
  // The banner tells of a control plane that is away, once for all.
  const error = resource.error?.code === 'CONTROL_PLANE_DOWN' ? undefined : resource.error
  if (data !== undefined && !error?.isAbsent) {
    return (
      <>
        {error && <ErrorNotice error={error} />}
        {children(data)}
      </>
    )
  }
  if (error) return <ErrorNotice error={error} />
  return <p className="empty is-waiting">Asking …</p>
}
