/** Where a load balancer's addresses come from: given, or allocated from a subnet of the host file. */
import type { PlacedVip } from '../config/merge-objects.js';
import type { AdditionalVip, LoadBalancer, LoadBalancerSpec } from '../model/resources.js';
import type { Subnet } from '../model/subnet.js';
import { fitsSubnet, nextFree, requireFree, userOf } from './addresses.js';
import type { Context } from './operation.js';
import { conflict, invalid, unknownReference } from './refusals.js';

type WantedVip = Pick<LoadBalancerSpec, 'vip_address' | 'vip_subnet_id' | 'vip_network_id' | 'vip_port_id'>;
type Wanted = WantedVip & Pick<LoadBalancerSpec, 'additional_vips'>;

export interface PlacerOptions {
  /**
   * Addresses that files write: they may belong to something now that the same files move or remove, so nobody else gets them, and
   * whether they are free shows when everything is in its place. Default: none, addresses that are written are checked at once.
   */
  written?: ReadonlySet<string>;
}

/** Gives load balancers their addresses, each address once. */
export class VipPlacer {
  readonly #context: Context;
  readonly #written: ReadonlySet<string> | undefined;
  readonly #given = new Set<string>();
  /** The address given out last, by subnet. */
  readonly #last = new Map<string, string>();

  constructor(context: Context, { written }: PlacerOptions = {}) {
    this.#context = context;
    this.#written = written;
  }

  /**
   * The addresses of a new load balancer. A VIP that is written is enough; a subnet or a network has one allocated.
   * @throws SluiceError `invalid_configuration` for subnets, networks and ports that do not exist or do not fit together, `conflict`
   * when an address is taken or none is left
   */
  place(wanted: Wanted): PlacedVip {
    const { vip_address, vip_port_id } = wanted;
    if (vip_port_id !== null && !this.#written) {
      refusePort(this.#context, vip_port_id);
    }
    const vip = vip_address === null ? this.#allocated(wanted) : this.#checked(wanted, vip_address);
    const additional_vips = this.additional(wanted.additional_vips, { ...vip, additional_vips: [] });
    return { ...vip, vip_port_id: vip_port_id ?? this.#context.newId(), additional_vips };
  }

  /**
   * Further VIPs of a load balancer; one without an address has it allocated from its subnet. Those that `owner` has are kept.
   * @throws SluiceError as {@link place}
   */
  additional(wanted: readonly AdditionalVip[], owner: Pick<LoadBalancer, 'vip_address' | 'additional_vips'>) {
    const own = new Set([owner.vip_address]);
    const kept = new Set(owner.additional_vips.map(({ ip_address }) => ip_address));
    return wanted.map(({ ip_address, subnet_id }): AdditionalVip => {
      const subnet = subnet_id === null ? undefined : requireSubnet(this.#context, subnet_id);
      if (ip_address === '' && !subnet) {
        throw invalid('An additional VIP must contain one of: ip_address, subnet_id.');
      }
      const address = ip_address === '' && subnet ? this.#next([subnet]).address : ip_address;
      if (own.has(address)) {
        throw invalid(`${address} is listed twice; write each address once, the VIP not among additional_vips`);
      }
      own.add(address);
      if (!kept.has(address) && ip_address !== '') {
        this.#take(address);
        if (subnet) {
          requireInside(subnet, address);
        }
      }
      return { ip_address: address, subnet_id };
    });
  }

  #checked(wanted: WantedVip, address: string): Omit<PlacedVip, 'vip_port_id' | 'additional_vips'> {
    const candidates = candidatesOf(this.#context, wanted);
    const subnet = (candidates ?? this.#context.subnets).find((one) => fitsSubnet(one, address));
    if (candidates && !subnet) {
      const [only, ...more] = candidates;
      if (only && more.length === 0) {
        requireInside(only, address);
      }
      throw invalid('Supplied network does not contain a subnet for VIP address specified.');
    }
    this.#take(address);
    return { vip_address: address, vip_subnet_id: subnet?.id ?? null, vip_network_id: subnet?.network_id ?? null };
  }

  #allocated(wanted: WantedVip): Omit<PlacedVip, 'vip_port_id' | 'additional_vips'> {
    const candidates = candidatesOf(this.#context, wanted);
    if (!candidates) {
      throw invalid('VIP must contain one of: vip_address, vip_subnet_id, vip_network_id.');
    }
    const { address, subnet } = this.#next(candidates.toSorted((one, other) => one.cidr.family - other.cidr.family));
    return { vip_address: address, vip_subnet_id: subnet.id, vip_network_id: subnet.network_id };
  }

  #take(address: string): void {
    if (!this.#written) {
      requireFree(this.#context, address);
    }
    this.#given.add(address);
  }

  #next(subnets: readonly Subnet[]): { address: string; subnet: Subnet } {
    const isFree = (address: string) => !this.#given.has(address) && !this.#written?.has(address);
    const found = allocate(this.#context, subnets, {
      last: ({ id }) => this.#last.get(id) ?? lastVip(this.#context, id),
      isFree,
    });
    this.#given.add(found.address);
    this.#last.set(found.subnet.id, found.address);
    return found;
  }
}

/** @throws SluiceError `invalid_configuration` when the host file has no such subnet */
function requireSubnet({ subnets }: Context, id: string): Subnet {
  const subnet = subnets.find((one) => one.id === id);
  if (!subnet) {
    const known = subnets.map(({ name }) => name).join(', ');
    throw unknownReference('Subnet', id, known === '' ? 'The host file declares no subnets' : `There are: ${known}`);
  }
  return subnet;
}

/**
 * The next address of the first of some subnets that has one which nobody has.
 * @param options.last the address given out last; the search goes on from there
 * @param options.isFree what else an address must be
 * @throws SluiceError `conflict` when none is left
 */
export function allocate(
  context: Context,
  subnets: readonly Subnet[],
  options: { last: (subnet: Subnet) => string | undefined; isFree?: (address: string) => boolean },
): { address: string; subnet: Subnet } {
  const { last, isFree = () => true } = options;
  for (const subnet of subnets) {
    const address = nextFree(subnet, last(subnet), (one) => isFree(one) && userOf(context, one) === undefined);
    if (address !== undefined) {
      return { address, subnet };
    }
  }
  const names = subnets.map(({ name }) => name).join(', ');
  throw conflict(
    `No more IP addresses available on ${names}. Delete what is not needed, or widen its allocation_pools`,
  );
}

/** @throws SluiceError `invalid_configuration` when an address cannot be of a subnet */
function requireInside(subnet: Subnet, address: string): void {
  if (!fitsSubnet(subnet, address)) {
    const block = `${subnet.cidr.address}/${subnet.cidr.prefix}`;
    throw invalid(`${address} is not an address that subnet ${subnet.name} can give out; write one of ${block}`);
  }
}

/** The subnets that were asked for; undefined: none was. */
function candidatesOf(context: Context, { vip_subnet_id, vip_network_id }: WantedVip): Subnet[] | undefined {
  if (vip_subnet_id !== null) {
    const subnet = requireSubnet(context, vip_subnet_id);
    if (vip_network_id !== null && subnet.network_id !== vip_network_id) {
      throw invalid(`Subnet ${vip_subnet_id} is not of network ${vip_network_id}; leave one of them out`);
    }
    return [subnet];
  }
  if (vip_network_id === null) {
    return undefined;
  }
  const subnets = context.subnets.filter(({ network_id }) => network_id === vip_network_id);
  if (subnets.length === 0) {
    throw unknownReference('Network', vip_network_id, 'Write the network_id of a subnet of the host file');
  }
  return subnets;
}

/** The VIP that was given out last from a subnet. */
function lastVip({ state }: Context, subnetId: string): string | undefined {
  return state.loadbalancers.findLast(({ vip_subnet_id }) => vip_subnet_id === subnetId)?.vip_address;
}

/** The only ports there are belong to load balancers, one each. */
function refusePort({ state }: Context, id: string): never {
  const user = state.loadbalancers.find(({ vip_port_id }) => vip_port_id === id);
  if (user) {
    throw invalid(
      `Port ${id} is already used by device ${user.id}. Leave vip_port_id out: every load balancer gets a port of its own`,
    );
  }
  throw unknownReference('Port', id, 'Leave it out, and write vip_subnet_id or vip_address: the port is made');
}
