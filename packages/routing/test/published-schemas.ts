import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute'
import { VirtualService } from '@kubernetes-models/istio/networking.istio.io/v1/VirtualService'
import { AuthorizationPolicy } from '@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy'
import { PeerAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/PeerAuthentication'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { Service } from 'kubernetes-models/v1/Service'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'

interface Model {
  readonly apiVersion: string
  readonly kind: string
  readonly prototype: { validate(): void }
}

const models: readonly Model[] = [
  ...[
    Deployment,
    StatefulSet,
    HorizontalPodAutoscaler,
    NetworkPolicy,
    PodDisruptionBudget,
    Service,
    ServiceAccount,
  ],
  ...[HTTPRoute, VirtualService, AuthorizationPolicy, PeerAuthentication],
]

/** What the published schema of its kind finds wrong with an object, fields that it does not know included. */
export function findSchemaFaults(manifest: { apiVersion: string; kind: string }): string[] {
  const name = `${manifest.apiVersion} ${manifest.kind}`
  const model = models.find(({ apiVersion, kind }) => `${apiVersion} ${kind}` === name)
  if (!model) return [`there is no schema for \`${name}\``]
  const read = new Set<string>()
  try {
    model.prototype.validate.call(recording(manifest, name, read))
  } catch (error) {
    return [`${name}: ${(error as Error).message}`]
  }
  return unread(manifest, name, read)
}

// The schemas let unknown fields pass, and a cluster drops them. A validator reads every field that its schema knows, so what it
// never read is a field that is misspelled or in the wrong place.
function recording<T extends object>(value: T, path: string, read: Set<string>): T {
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key)
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return found
      const inner = `${path}.${key}`
      read.add(inner)
      return typeof found === 'object' && found !== null ? recording(found, inner, read) : found
    },
  })
}

function unread(value: unknown, path: string, read: ReadonlySet<string>): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = `${path}.${key}`
    return read.has(name) ? unread(inner, name, read) : [`\`${name}\` is not in the schema`]
  })
}
