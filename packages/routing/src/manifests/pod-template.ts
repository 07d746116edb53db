import type { Cluster } from './cluster.ts'
import { credentialVolume } from './credential-volume.ts'
import { imageOf } from './image.ts'
import { labelsOf } from './labels.ts'
import { httpPort } from './ports.ts'
import { resourcesOf } from './resources.ts'
import { containerSecurityContext, podSecurityContext } from './security-context.ts'
import { besideControlPlane, socketMount, socketVolume } from './sockets.ts'
import type { Workload } from './workload.ts'

const documentFolder = '/etc/tenantry'

/** What differs between workloads: how the container is started and asked for its health. */
export interface Container {
  readonly command?: readonly string[]
  readonly probes: object
}

/**
 * The pod of a deployment, the gateway or the relay. It is started with the document of the Secret that has its name, proves
 * itself by its service account, and reaches token service and control plane by the sockets of its node.
 */
export function podTemplate(workload: Workload, cluster: Cluster, { command, probes }: Container) {
  const { folder } = cluster.workloads
  return {
    metadata: { labels: labelsOf(workload) },
    spec: {
      serviceAccountName: workload.id,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: podSecurityContext,
      affinity: besideControlPlane,
      containers: [
        {
          name: workload.service ?? workload.name,
          image: imageOf(workload.service, cluster),
          ...(command && { command }),
          env: [
            { name: 'TENANTRY_RUNTIME_FILE', value: `${documentFolder}/document.json` },
            { name: 'HOST', value: '0.0.0.0' },
            { name: 'PORT', value: String(httpPort.containerPort) },
          ],
          ...(workload.id !== 'relay' && { ports: [httpPort] }),
          ...probes,
          resources: resourcesOf(workload, cluster),
          securityContext: containerSecurityContext,
          volumeMounts: [
            { name: 'document', mountPath: documentFolder, readOnly: true },
            { name: 'credentials', mountPath: folder, readOnly: true },
            socketMount,
            { name: 'temporary', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'document', secret: { secretName: workload.name, defaultMode: 0o440 } },
        credentialVolume(workload, cluster),
        socketVolume,
        { name: 'temporary', emptyDir: {} },
      ],
    },
  }
}
