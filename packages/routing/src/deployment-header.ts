/**
 * The header by which an ingress chooses the deployment. The platform alone sets it, from the tenant's placement: it has one value
 * for each deployment and none for a tenant, so that routes need to know of no tenant.
 */
export const deploymentHeader = 'tenantry-deployment'
