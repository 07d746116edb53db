import type { Cluster } from './cluster.ts'
import { environmentOf } from './environment.ts'
import { imageOf } from './image.ts'
import { labelsOf, metadataOf, selectorOf } from './labels.ts'
import type { Manifest } from './manifest.ts'
import { readsApiServer } from './outside.ts'
import { loopbackProbe, probes } from './probes.ts'
import { resourcesOf } from './resources.ts'
import { containerSecurityContext, podSecurityContext } from './security-context.ts'
import { socketFolder, socketVolume } from './sockets.ts'
import { controlPlane } from './workload.ts'

const stateFolder = '/var/lib/tenantry'
const certificateFolder = '/etc/cluster'
const port = 8090

/**
 * The control plane and the token service, in one pod that `tenantry tokens` supervises, with its state on a volume of its own.
 * Its operators' API listens on the pod's loopback alone.
 */
export function statefulSet(cluster: Cluster): Manifest {
  const { workloads } = cluster
  const withCertificate = readsApiServer(cluster)
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadataOf(controlPlane, workloads),
    spec: {
      replicas: 1,
      selector: { matchLabels: selectorOf(controlPlane) },
      template: {
        metadata: { labels: labelsOf(controlPlane) },
        spec: {
          serviceAccountName: controlPlane.id,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: podSecurityContext,
          containers: [
            {
              name: controlPlane.name,
              image: imageOf(undefined, cluster),
              command: [
                'tenantry',
                'tokens',
                '--config',
                'tenantry.config.ts',
                '--control-port',
                String(port),
              ],
              env: [
                { name: 'TENANTRY_HOME', value: stateFolder },
                // Its sockets are made in the folder for temporary files, and other pods find them there.
                { name: 'TMPDIR', value: socketFolder },
                ...(withCertificate
                  ? [{ name: 'NODE_EXTRA_CA_CERTS', value: `${certificateFolder}/ca.crt` }]
                  : []),
                ...environmentOf(cluster),
              ],
              ...probes(loopbackProbe(port)),
              resources: resourcesOf(controlPlane, cluster),
              securityContext: containerSecurityContext,
              volumeMounts: [
                { name: 'state', mountPath: stateFolder },
                { name: 'sockets', mountPath: socketFolder },
                { name: 'temporary', mountPath: '/tmp' },
                ...(withCertificate
                  ? [{ name: 'certificate', mountPath: certificateFolder, readOnly: true }]
                  : []),
              ],
            },
          ],
          volumes: [
            socketVolume,
            { name: 'temporary', emptyDir: {} },
            ...(withCertificate ? [{ name: 'certificate', configMap: { name: 'kube-root-ca.crt' } }] : []),
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'state' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
        },
      ],
    },
  }
}
