/** Where the containers of services and of the gateway listen. */
export const httpPort = { name: 'http', containerPort: 8080 }

/** Where a Service of one answers: `http://order-pool/…` needs no port. */
export const servicePort = 80
