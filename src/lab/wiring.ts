/**
 * The commands that turn a plan into namespaces: batches for `ip`, arguments for `ethtool`, kernel settings. Pure.
 */
import type { Cable, Host, LabPlan, Neighbour, Offloads, Role } from './topology.js';

export type Settings = Record<string, string | number>;

/** Lines for `ip -batch -` that make the namespaces. */
export function namespaceBatch(plan: LabPlan): string[] {
  return plan.hosts.map((host) => `netns add ${host.namespace}`);
}

/** Lines for `ip -batch -` that lay the cables; both ends are born inside their namespaces, never on the host. */
export function cableBatch(plan: LabPlan): string[] {
  const queues = `numrxqueues ${plan.queues} numtxqueues ${plan.queues}`;
  const end = ({ host, port }: Cable['ends'][number]) =>
    `name ${port.name} netns ${host.namespace} address ${port.mac} ${queues}`;
  return plan.cables.map(({ ends }) => `link add ${end(ends[0])} type veth peer ${end(ends[1])}`);
}

/** Lines for `ip -n NAMESPACE -batch -`. */
export function hostBatch(host: Host, neighbours: Neighbour[]): string[] {
  const bridged = host.role === 'switch';
  return [
    'link set lo up',
    ...(bridged ? ['link add bridge type bridge', 'link set bridge up'] : []),
    ...host.loopback.map((address) => `addr add ${address} dev lo`),
    ...host.ports.flatMap((port) => [
      ...port.addresses.map((address) => `addr add ${address} dev ${port.name}`),
      ...(bridged ? [`link set ${port.name} master bridge`] : []),
      `link set ${port.name} up`,
    ]),
    ...host.routes.map((route) => `route add ${route.to} via ${route.via}`),
    ...neighbours
      .filter((neighbour) => neighbour.host === host)
      .map(({ address, mac, port }) => `neigh replace ${address} lladdr ${mac} dev ${port.name} nud permanent`),
  ];
}

/**
 * Features per end of a veth.
 *
 * XDP sees the bytes of a frame, not the note beside it that the checksum is still to be done: hosts and switch finish
 * checksums themselves unless everything is on. Receive offload of hosts and switch stays on in every mode: it gives a veth
 * the ring that redirected frames go into, also while it runs no XDP program. Without it on the gateway's own ends the
 * kernel's forwarding sees frames as small as XDP does.
 */
export function offloadArguments(role: Role, offloads: Offloads): string[] {
  const gateway = role === 'gateway';
  const checksums = gateway ? offloads !== 'none' : offloads === 'all';
  const segmentation = offloads !== 'none';
  const receive = !gateway || segmentation;
  const flag = (on: boolean) => (on ? 'on' : 'off');
  return ['tx', flag(checksums), 'tso', flag(segmentation), 'gso', flag(segmentation), 'gro', flag(receive)];
}

/** Lines for `ip -batch -` that give the far ends of the gateway's cables a program that passes everything, or take it away. */
export function endProgramBatch(plan: LabPlan, object: string | null): Array<{ host: Host; line: string }> {
  return plan.cables.flatMap(({ ends }) => {
    if (!ends.some(({ host }) => host === plan.gateway)) return [];
    const { host, port } = ends.find((end) => end.host !== plan.gateway)!;
    return [{ host, line: `link set dev ${port.name} xdp ${object ? `obj ${object} sec xdp` : 'off'}` }];
  });
}

/**
 * Kernel settings before the cables exist, so that interfaces are born with them. The gateway's own (forwarding,
 * reverse-path filter, ...) are its daemon's business.
 */
export function hostSettings(role: Role): Settings {
  const quiet: Settings = {
    'net.ipv6.conf.default.accept_dad': 0,
    'net.ipv6.conf.default.accept_ra': 0,
    'net.ipv6.conf.default.router_solicitations': 0,
    'net.ipv6.conf.default.addr_gen_mode': 1,
  };
  if (role === 'client') return { ...quiet, 'net.ipv4.ip_local_port_range': '1024 65535' };
  if (role === 'backend') return { ...quiet, 'net.core.somaxconn': 16384, 'net.ipv4.tcp_max_syn_backlog': 16384 };
  return quiet;
}
