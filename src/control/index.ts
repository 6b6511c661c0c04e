/**
 * The operations of the control plane: what the API, `apply`, the host file and tests do to a state. Every rule that a state has to
 * keep is enforced here.
 */
export { canChange, canSee, isOperator, requireOwn, visible } from './access.js';
export { addCidrs, createAccessList, deleteAccessList, removeCidrs, updateAccessList } from './access-lists.js';
export { type ApplyOptions, type ApplySummary, applyTree } from './apply.js';
export {
  createAvailabilityZone,
  createAvailabilityZoneProfile,
  deleteAvailabilityZone,
  deleteAvailabilityZoneProfile,
  updateAvailabilityZone,
  updateAvailabilityZoneProfile,
} from './availability-zones.js';
export { builtInFlavors } from './builtin-flavors.js';
export { createCertificate, deleteCertificate, updateCertificate } from './certificates.js';
export type { ControlPlane, MemberHealthFacts, ProvisioningStatus, Stats } from './control-plane.js';
export type { DeleteOptions } from './delete-options.js';
export {
  createFlavor,
  createFlavorProfile,
  deleteFlavor,
  deleteFlavorProfile,
  readSpecification,
  specificationOf,
  updateFlavor,
  updateFlavorProfile,
} from './flavors.js';
export { createHealthMonitor, deleteHealthMonitor, updateHealthMonitor } from './healthmonitors.js';
export { createL7Policy, deleteL7Policy, updateL7Policy } from './l7policies.js';
export { createL7Rule, deleteL7Rule, updateL7Rule } from './l7rules.js';
export { createListener, deleteListener, updateListener } from './listeners.js';
export {
  createLoadBalancer,
  createLoadBalancers,
  deleteLoadBalancer,
  deleteLoadBalancers,
  updateLoadBalancer,
} from './loadbalancers.js';
export { countOf, findByVip, findLoadBalancer, type Located, locate, locateKind } from './lookup.js';
export { createMember, deleteMember, replaceMembers, updateMember } from './members.js';
export type { Context, Operation, Result } from './operation.js';
export { createPool, deletePool, updatePool } from './pools.js';
export { createPublicAddress, deletePublicAddress, updatePublicAddress } from './public-addresses.js';
export {
  DEFAULT_LISTENERS_PER_LOADBALANCER,
  DEFAULT_QUOTAS,
  deleteQuota,
  type Limits,
  quotaOf,
  setQuota,
  usageOf,
} from './quotas.js';
export { certificateOf, PROVIDERS } from './references.js';
export { KIND_NAMES, notFound } from './refusals.js';
export type { TreeKind, TreeObjects } from './tree-index.js';
