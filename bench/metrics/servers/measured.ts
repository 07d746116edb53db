// The service as a deployment is: it measures requests, adds up what tenants use and reports it, and keeps what `tenantry explain` tells of.
import { listen } from './note-service.ts'

await listen()
