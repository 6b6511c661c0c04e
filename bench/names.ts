/** Prefixes of the labs of the benches: everything they make on the host carries one of them. */
export const PREFIXES = {
  packet: 'sluice-bench-packet',
  control: 'sluice-bench-control',
  api: 'sluice-bench-api',
  direct: 'sluice-bench-direct',
  plain: 'sluice-bench-plain',
  nftables: 'sluice-bench-nftables',
  haproxy: 'sluice-bench-haproxy',
  sluice: 'sluice-bench-sluice',
  'l7-haproxy': 'sluice-bench-l7-haproxy',
  'l7-xdp': 'sluice-bench-l7-xdp',
  'l7-nginx': 'sluice-bench-l7-nginx',
  'l7-sluice': 'sluice-bench-l7-sluice',
} as const;
