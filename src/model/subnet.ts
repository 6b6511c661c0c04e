/** Subnets that VIPs are allocated from: declared in the host file, shown as Neutron would. */
import type { Cidr } from './address.js';

export interface Subnet {
  /** UUID: given, or made from the name, so that it is the same on every start. */
  id: string;
  network_id: string;
  name: string;
  cidr: Cidr;
  gateway_ip: string | null;
  /** Ranges that addresses are allocated from, first and last included. */
  allocation_pools: { start: string; end: string }[];
  /** Addresses of it are public ones (LB-3). */
  public: boolean;
}
