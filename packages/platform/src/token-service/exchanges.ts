import {
  clientAssertionType,
  eventScope,
  requestScope,
  TenantryError,
  tokenExchangeGrant,
  tokenTypes,
  workScope,
} from '@tenantry/context'
import type { DirectoryWorkload } from '@tenantry/routing'
import type { Exchange } from './exchange.ts'
import { exchangeAccessToken } from './exchange-access-token.ts'
import { exchangeAccessTokenOfService } from './exchange-access-token-of-service.ts'
import { exchangeApiKey } from './exchange-api-key.ts'
import { createEventExchange } from './exchange-event.ts'
import { exchangeForCentral } from './exchange-for-central.ts'
import { exchangeForReplacement } from './exchange-for-replacement.ts'
import { exchangeForTenantKey } from './exchange-for-tenant-key.ts'
import { exchangeForWork } from './exchange-for-work.ts'
import { refuseRequest } from './refuse-request.ts'
import type { TokenService } from './token-service.ts'

interface ExchangeRow {
  readonly by: DirectoryWorkload['kind']
  readonly from: string
  readonly to: string
  /** The purpose that has to be asked for, and what the token is for; a replacement has that of the token before. */
  readonly scope?: string
  readonly exchange: Exchange
}

/** Who may exchange what for what. A combination that is not a row is refused. */
function exchangeTable(): readonly ExchangeRow[] {
  const { accessToken, apiKey, signedEvent, selfSigned, transactionToken, tenantKey, centralKey } = tokenTypes
  return [
    {
      ...{ by: 'gateway', from: accessToken, to: transactionToken, scope: requestScope },
      exchange: exchangeAccessToken,
    },
    {
      ...{ by: 'gateway', from: apiKey, to: transactionToken, scope: requestScope },
      exchange: exchangeApiKey,
    },
    {
      ...{ by: 'service', from: accessToken, to: transactionToken, scope: requestScope },
      exchange: exchangeAccessTokenOfService,
    },
    {
      ...{ by: 'relay', from: signedEvent, to: transactionToken, scope: eventScope },
      exchange: createEventExchange(),
    },
    {
      ...{ by: 'service', from: selfSigned, to: transactionToken, scope: workScope },
      exchange: exchangeForWork,
    },
    { by: 'service', from: selfSigned, to: centralKey, exchange: exchangeForCentral },
    { by: 'service', from: transactionToken, to: transactionToken, exchange: exchangeForReplacement },
    { by: 'service', from: transactionToken, to: tenantKey, exchange: exchangeForTenantKey },
  ]
}

/** Makes the token endpoint's work: RFC 8693 requests to RFC 8693 answers. */
export function createTokenExchange(service: TokenService) {
  const table = exchangeTable()
  return async (workload: DirectoryWorkload, form: URLSearchParams): Promise<Record<string, unknown>> => {
    const one = (name: string) => readOne(form, name)
    if (one('grant_type') !== tokenExchangeGrant) throw refuseRequest('`grant_type` is not token exchange')
    if (one('audience') !== service.config.trustDomain)
      throw refuseRequest('`audience` is not this trust domain')
    const [from, to] = [one('subject_token_type'), one('requested_token_type')]
    const row = table.find(
      (candidate) => candidate.by === workload.kind && candidate.from === from && candidate.to === to,
    )
    if (!row) {
      throw new TenantryError('EXCHANGE_REFUSED', 'this workload may not exchange that', {
        status: 403,
        help: 'see the table of exchanges in token-service/exchanges.ts',
      })
    }
    // Draft 10 on the scope of a request: it is required, and nothing more than what the row is for is given.
    if (to === tokenTypes.transactionToken && one('scope') !== (row.scope ?? one('scope'))) throw otherScope()
    const answer = await row.exchange(service, { workload, subjectToken: one('subject_token'), form })
    return { ...answer, issued_token_type: to, token_type: 'N_A' }
  }
}

function otherScope(): TenantryError {
  return new TenantryError('SCOPE_REFUSED', 'tokens for that purpose are not given in this exchange', {
    status: 403,
    help: 'ask for the `scope` that the exchange is for: see token-service/exchanges.ts',
  })
}

/** The client assertion of a request (RFC 7523, 2.2). */
export function readClientAssertion(form: URLSearchParams): string {
  if (readOne(form, 'client_assertion_type') !== clientAssertionType)
    throw refuseRequest('`client_assertion_type`')
  return readOne(form, 'client_assertion')
}

// RFC 6749, 3.2: a parameter is there at most once.
function readOne(form: URLSearchParams, name: string): string {
  const [value, ...more] = form.getAll(name)
  if (!value || more.length > 0) throw refuseRequest(`\`${name}\` has to be given once`)
  return value
}
