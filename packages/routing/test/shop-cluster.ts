import { readConfig, type TenantryConfigInput } from '../src/config.ts'
import { describeCluster, type Routing } from '../src/manifests/cluster.ts'
import { kubernetesManifests } from '../src/manifests/kubernetes-manifests.ts'
import type { Manifest } from '../src/manifests/manifest.ts'
import type { Silo } from '../src/manifests/silo.ts'

/** A shop of four services and three tiers, for a cluster. */
export function shopInput(): TenantryConfigInput {
  return {
    mode: 'development',
    trustDomain: 'shop.example',
    identity: {
      issuer: 'https://identity.example',
      audience: 'shop',
      claims: { tenant: 'tenant', role: 'role' },
    },
    workloads: { kubernetes: { issuer: 'https://issuer.example/id/1', namespace: 'shop' } },
    tiers: {
      basic: { placement: 'pool' },
      advanced: { placement: { fulfillment: 'silo', invoice: 'silo', '*': 'pool' } },
      premium: { placement: 'silo' },
    },
    services: {
      product: {
        entry: 'product.ts',
        migrations: 'product',
        routes: ['/products'],
        open: ['/ping', '/health'],
      },
      order: {
        entry: 'order.ts',
        migrations: 'order',
        routes: ['/orders', '/baskets'],
        calls: ['product', 'fulfillment'],
        subscribes: ['order.placed'],
      },
      fulfillment: { entry: 'fulfillment.ts' },
      invoice: {
        entry: 'invoice.ts',
        migrations: 'invoice',
        routes: ['/invoices'],
        calls: ['product'],
        subscribes: ['order.fulfilled'],
      },
    },
    deploy: {
      kubernetes: {
        platformImage: 'registry.example/shop/platform:1',
        images: { '*': 'registry.example/shop/{service}:1', invoice: 'registry.example/invoice:7' },
        databases: [{ cidr: '10.0.8.0/24' }],
        ingress: { namespace: 'ingress', gateway: 'public', hosts: ['shop.example'] },
      },
    },
    demo: { tenants: { 'tenant-a': 'basic', 'tenant-b': 'advanced', 'tenant-c': 'premium' } },
  }
}

export const twoSilos: readonly Silo[] = [
  { name: '0a1b2c3d', tier: 'advanced' },
  { name: '3f9c2a71', tier: 'premium' },
]

/** All objects of a shop, in their order. */
export function shopManifests(
  options: { input?: TenantryConfigInput; silos?: readonly Silo[]; routing?: Routing } = {},
): Manifest[] {
  const { input = shopInput(), ...more } = options
  return kubernetesManifests(describeCluster(readConfig(input), more)).flatMap(({ manifests }) => manifests)
}

/** The objects of one kind. */
export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((one) => one.kind === kind)
}
