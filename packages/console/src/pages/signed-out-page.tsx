import { useEffect } from 'react'
import { Mark } from '../parts/mark.tsx'
import { keepPlace } from '../routing/keep-place.ts'

/** The way in. */
export function SignedOutPage() {
  useEffect(() => {
    document.title = 'Sign in · Tenantry'
  }, [])
  return (
    <main className="signed-out">
      <div className="signed-out-card">
        <p className="wordmark">
          <Mark /> Tenantry
        </p>
        <h1>The operators’ console</h1>
        <p>
          See what every tenant asks, uses and costs, where it runs, and what keeps it apart from the others.
        </p>
        <a className="button is-primary" href="/sign-in" onClick={keepPlace}>
          Sign in
        </a>
        <p className="quiet">
          Operators sign in with the identity provider of the platform; tenants’ users cannot.
        </p>
      </div>
    </main>
  )
}
