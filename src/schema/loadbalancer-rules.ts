/** What the fields of a load balancer mean to each other. */
import type { AdditionalVip } from '../model/resources.js';
import type { FaultReport } from './faults.js';
import type { AdditionalVipInBody, LoadBalancerInTree } from './loadbalancers.js';

/** The VIP may be named in four ways; one of them is needed. */
export function checkVip(
  vip: Pick<LoadBalancerInTree, 'vip_address' | 'vip_subnet_id' | 'vip_network_id' | 'vip_port_id'>,
  report: FaultReport,
): void {
  const { vip_address, vip_subnet_id, vip_network_id, vip_port_id } = vip;
  if ([vip_address, vip_subnet_id, vip_network_id, vip_port_id].every((value) => value === null)) {
    report([], {
      code: 'missing',
      message: 'vip_address is missing',
      suggestion: 'add vip_address: the IP address clients connect to, or vip_subnet_id to have one chosen',
    });
  }
}

/** Further VIPs; one without an address, to be allocated from its subnet, has an empty one. */
export function completeVips(vips: readonly AdditionalVipInBody[], report: FaultReport): AdditionalVip[] {
  return vips.map(({ ip_address, subnet_id }, index) => {
    if (ip_address === null && subnet_id === null) {
      report(['additional_vips', index], {
        code: 'missing',
        message: 'ip_address is missing',
        suggestion: 'add ip_address, or subnet_id to have one chosen',
      });
    }
    return { ip_address: ip_address ?? '', subnet_id };
  });
}
