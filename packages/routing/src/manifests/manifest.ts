/** One object of Kubernetes, as a plain value. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** The objects of one component, which are kept in one file. */
export interface Component {
  /** `order-pool`, `gateway`, `routes`: the file's name, without its ending. */
  readonly name: string
  readonly manifests: readonly Manifest[]
}
