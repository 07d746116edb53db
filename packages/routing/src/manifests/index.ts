/**
 * What a cluster is told: the objects of Kubernetes that follow from a configuration.
 * @module
 */

export { type Cluster, describeCluster, type Routing } from './cluster.ts'
export { clusterAddressOf } from './cluster-address.ts'
export { kubernetesManifests } from './kubernetes-manifests.ts'
export type { Component, Manifest } from './manifest.ts'
export { readSilo, type Silo } from './silo.ts'
export { operatorSocketInPod } from './sockets.ts'
