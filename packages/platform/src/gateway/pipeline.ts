import { authenticate } from './authenticate.ts'
import type { Step } from './exchange.ts'
import { findDeployment } from './find-deployment.ts'
import { findRoute } from './find-route.ts'
import { findTenant } from './find-tenant.ts'
import { forward } from './forward.ts'
import { limitTenant } from './limit-tenant.ts'
import { mint } from './mint.ts'
import { refuseAmbiguous } from './refuse-ambiguous.ts'
import { refuseMethod } from './refuse-method.ts'
import { resolveTenant } from './resolve-tenant.ts'
import { takeTurn } from './take-turn.ts'

/** What happens to every request, in this order; the first step that throws answers it. */
export const pipeline: readonly { readonly step: Step; readonly refuses: string }[] = [
  { step: refuseAmbiguous, refuses: '400 REQUEST_AMBIGUOUS · 413 BODY_TOO_LARGE' },
  { step: refuseMethod, refuses: '405 METHOD_REFUSED' },
  { step: resolveTenant, refuses: '400 REQUEST_AMBIGUOUS · 403 TENANT_MISMATCH' },
  {
    step: authenticate,
    refuses:
      '401 ACCESS_TOKEN_… · 400, 403 TENANT_CHOICE_…, TENANT_MISMATCH, ISSUER_TENANT_REFUSED · 503 IDENTITY_PROVIDER_DOWN',
  },
  { step: findTenant, refuses: '403 TENANT_UNKNOWN, TENANT_SUSPENDED · 503 DIRECTORY_NOT_READY' },
  { step: findRoute, refuses: '404 ROUTE_UNKNOWN' },
  { step: findDeployment, refuses: '503 DEPLOYMENT_DOWN' },
  { step: limitTenant, refuses: '429 LIMIT_EXCEEDED' },
  { step: takeTurn, refuses: '503 DEPLOYMENT_BUSY, DEPLOYMENT_DOWN' },
  { step: mint, refuses: '401, 403 of the token service · 503 TOKEN_SERVICE_DOWN' },
  { step: forward, refuses: '413 BODY_TOO_LARGE · 503 DEPLOYMENT_DOWN · 504 DEPLOYMENT_SLOW' },
]
