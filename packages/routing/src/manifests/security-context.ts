/** The user that images run as, whatever theirs is: sockets of the node belong to it. */
export const userId = 1000

/** What holds for all containers of a pod: no root, and the system calls of the runtime's default. */
export const podSecurityContext = {
  runAsNonRoot: true,
  runAsUser: userId,
  runAsGroup: userId,
  fsGroup: userId,
  seccompProfile: { type: 'RuntimeDefault' },
}

/** What a container may not do: gain privileges, hold capabilities, write to its image. */
export const containerSecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}
