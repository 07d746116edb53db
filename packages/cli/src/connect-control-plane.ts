import { ControlPlaneClient, StateFolder } from '@tenantry/platform'

/** The control plane of the system that was started here. Throws `SYSTEM_UNKNOWN` when none was. */
export function connectControlPlane(): ControlPlaneClient {
  const state = new StateFolder()
  return new ControlPlaneClient({ url: state.addresses().controlPlane, adminToken: state.adminToken() })
}
