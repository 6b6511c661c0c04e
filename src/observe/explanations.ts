/** Every way a packet can leave the gateway and every counted event, in words: what it is, why it happens, what to do. */

export interface Explanation {
  /** What happened, as one sentence. */
  meaning: string;
  /** Why that happens. */
  cause: string;
  /** What to do about it; absent where nothing needs doing. */
  remedy?: string;
}

/** By label of `enum outcome` in bpf/types.h. */
export const OUTCOMES: Record<string, Explanation> = {
  pass_not_ip: {
    meaning: 'A frame that is not IPv4 was left to the kernel.',
    cause: 'ARP for other addresses, IPv6, LLDP and the like share the interface.',
  },
  pass_not_ours: {
    meaning: 'A packet of no listener and no session was left to the kernel.',
    cause: "The host's own traffic: SSH, health checks, routing protocols.",
  },
  pass_proxy: {
    meaning: 'A packet for a listener whose proxy runs on this host was left to the kernel.',
    cause: 'The proxy terminates the connection; XDP has nothing to translate.',
  },
  forward: {
    meaning: 'A packet of a session was translated and sent by XDP.',
    cause: 'The normal way. Such packets are counted with their member, see `sluice status`.',
  },
  kernel_forward: {
    meaning: 'A packet of a session was translated, and the kernel forwarded it.',
    cause: "The next hop's MAC was not known yet, or the way leads over an interface without the gateway.",
    remedy:
      'A few after a start are normal. When it keeps growing, add the egress interface to gateway.interfaces; `ip neighbour` shows whether the next hop answers.',
  },
  arp_reply: {
    meaning: 'An ARP request for a VIP or local address was answered.',
    cause: 'Neighbours ask for addresses that are not configured on any interface of the host.',
  },
  refused_no_member: {
    meaning: 'A new session was refused with RST or ICMP port unreachable: its listener has no usable member.',
    cause: 'All members are unhealthy, disabled or have weight 0, or the listener has no pool.',
    remedy: 'See `sluice status` for the cause of each failed check; add members, or enable them.',
  },
  refused_no_listener: {
    meaning: 'A packet for a port of a VIP on which nobody listens was refused with RST or ICMP port unreachable.',
    cause: 'Somebody scans the address, or asks for a listener that was deleted or disabled.',
    remedy:
      'When clients complain, compare their port and protocol with `sluice get listeners`. Programs of the host are never reached by a VIP that no interface has.',
  },
  refused_no_session: {
    meaning: 'A TCP packet in the middle of a connection that the gateway does not know was refused with RST.',
    cause: 'The session has expired, the session table was discarded, or somebody scans the address.',
    remedy: "When clients complain: raise the listener's timeout_client_data, or let the application send keep-alives.",
  },
  drop_no_session: {
    meaning: 'A packet of no session was dropped without an answer.',
    cause: 'A late RST, or UDP from a member after its session has expired; neither may be answered.',
    remedy: "For UDP services that answer late, raise the listener's timeout_client_data.",
  },
  drop_malformed: {
    meaning: 'A packet whose headers contradict themselves or end early was dropped.',
    cause: 'Damaged or forged packets.',
    remedy: 'Look at them with `xdpdump` or `tcpdump` on the router in front of the gateway.',
  },
  drop_ip_options: {
    meaning: 'A packet with IP options for a VIP or local address was dropped.',
    cause: 'IP options are not translated; hardly anything but probes sends them.',
  },
  drop_fragment: {
    meaning: 'A fragment for a VIP or local address was dropped.',
    cause:
      'A datagram was larger than the MTU of a network on the way; fragments carry no ports to find the session by.',
    remedy: 'Make the application send datagrams that fit the MTU, or make the MTU the same along the way.',
  },
  drop_sessions_full: {
    meaning: 'A new session was dropped: the session table is full. Established sessions are not touched.',
    cause: 'More sessions at the same time than gateway.sessions, or long idle timeouts keep dead ones.',
    remedy:
      'Raise gateway.sessions in the host file and start once with `serve --discard-sessions`, or lower timeout_client_data; `sluice sessions --count` tells how many a listener has.',
  },
  drop_leases_exhausted: {
    meaning: 'A new session was dropped: no local address has a free port towards its member.',
    cause: 'Each local address has 64,512 ports towards each member address and port.',
    remedy: 'Add addresses to gateway.local_addresses, or members to the pool.',
  },
  drop_no_local_address: {
    meaning: "A new session was dropped: there is no local address of its member's family.",
    cause: 'The list gateway.local_addresses is empty, or has only addresses of the other family.',
    remedy: 'Add one to gateway.local_addresses in the host file and restart the daemon.',
  },
  drop_no_route: {
    meaning: 'A packet was dropped: the routing table has no way to the member or back to the client.',
    cause: 'A route is missing, says unreachable or blackhole, or the interface does not forward.',
    remedy:
      'Try `ip route get ADDRESS from LOCAL_ADDRESS iif INTERFACE`, and check that net.ipv4.conf.INTERFACE.forwarding is 1.',
  },
  drop_ttl: {
    meaning: 'A packet was dropped because its TTL was used up.',
    cause: 'A routing loop, or somebody runs traceroute through the gateway.',
    remedy: 'When it grows fast, look for a loop: `ip route get` for the member on each router.',
  },
  drop_no_headroom: {
    meaning: 'A datagram was dropped instead of refused: the driver leaves no room in front of it for the ICMP answer.',
    cause: 'Some drivers give XDP less than the usual 256 bytes.',
    remedy: "Nothing is lost but the answer; report the driver's name (`ethtool -i INTERFACE`).",
  },
  drop_acl: {
    meaning: "A new session was dropped: its listener's access lists keep the client out.",
    cause:
      'The client is on the deny-list, or not among allowed_cidrs or on the allow-list. An empty allow-list has nobody.',
    remedy:
      "If the client should get in, change the listener's allowed_cidrs or its access list; connections that exist go on either way.",
  },
  drop_connection_limit: {
    meaning: 'A new session was dropped: its listener has as many connections as its connection_limit.',
    cause:
      'More clients than the limit provides for, or connections stay open for long. The last eighth is closed to a client that holds most of them while others want some.',
    remedy:
      "Raise the listener's connection_limit, or lower its timeout_client_data so that dead connections end sooner.",
  },
  drop_rate_limit: {
    meaning: 'A new session was dropped: its listener has begun as many in this second as its session_rate_limit.',
    cause:
      'A peak, or somebody floods the listener. The last eighth of each second is closed to a client that has most of it while others want some.',
    remedy: "Raise the listener's session_rate_limit; TCP clients try again by themselves after a second.",
  },
  drop_flavor_connections: {
    meaning: 'A new session was dropped: its load balancer has as many connections as its flavor grants.',
    cause: 'Connections of all its listeners count together.',
    remedy: 'Give the load balancer a larger flavor; it takes effect at once.',
  },
  drop_flavor_rate: {
    meaning: 'A new session was dropped: its load balancer has begun as many in this second as its flavor grants.',
    cause: 'New sessions of all its listeners count together.',
    remedy: 'Give the load balancer a larger flavor; it takes effect at once.',
  },
  drop_bandwidth: {
    meaning:
      "A packet was dropped: its direction is over the listener's bandwidth peak by more than a quarter of a second.",
    cause: 'Senders find the peak by losing packets; some drops are how a limited connection gets its speed.',
    remedy: "When it is too slow for its users, raise the listener's bandwidth_limit.",
  },
  drop_race: {
    meaning: 'The first packet of a session was dropped because another packet of the same flow made it first.',
    cause: 'Two first packets came on two CPUs at once. The retransmission finds the session.',
  },
};

/** By label of `enum event` in bpf/types.h. */
export const EVENTS: Record<string, Explanation> = {
  session_created: { meaning: 'A session began.', cause: 'A SYN, or the first datagram of a UDP flow.' },
  session_reopened: {
    meaning: "A client's SYN took over the closed session of its own earlier connection.",
    cause: 'The client used the same source port again before the old session was forgotten.',
  },
  session_moved: {
    meaning: 'A session left its member, and the next packet of the client began a new one elsewhere.',
    cause: 'The member became unhealthy, was disabled or removed: UDP sessions and unanswered SYNs move then.',
  },
  session_ended_closed: {
    meaning: 'A session ended because both sides had closed it, or one had reset it.',
    cause: 'The normal end of a TCP connection, counted after its rest (TIME-WAIT) is over.',
  },
  session_ended_idle: {
    meaning: 'A session ended after its idle timeout; a TCP session gets an RST to both ends.',
    cause: "No packet in either direction for the listener's timeout_client_data. For UDP this is the normal end.",
    remedy: 'When TCP clients complain: raise timeout_client_data, or let the application send keep-alives.',
  },
  session_ended_syn: {
    meaning: 'A session ended because its handshake was never finished.',
    cause: 'The member did not answer the SYN, the client went away, or somebody floods SYNs.',
    remedy: "Compare the members' health in `sluice status`; check firewalls between gateway and members.",
  },
  toa_inserted: {
    meaning: "The client's address was put into a packet as a TCP option (TOA).",
    cause: "The listener's client_address is toa. One to a few packets of each connection carry it.",
  },
  toa_pruned: {
    meaning: 'TOA was inserted after options that can be spared were taken out of the packet.',
    cause: 'The TCP header had no room left, which many SACK blocks can do.',
  },
  toa_no_room: {
    meaning: 'TOA could not be inserted into a packet.',
    cause:
      'The TCP header was full, or the packet as large as the MTU. Usually another packet of the connection carries it.',
    remedy: 'When members miss addresses: make the MTU towards members 8 bytes larger, or the MSS of clients smaller.',
  },
  toa_stripped: {
    meaning: "A client's own option 253 or 254 was made harmless.",
    cause: 'Somebody tries to forge an address, uses an experimental option, or TCP Fast Open with option 254.',
  },
  mss_clamped: {
    meaning: 'The MSS of a SYN or SYN-ACK was lowered.',
    cause: 'Room for TOA, or the smaller MTU on the other side of the gateway.',
  },
};

/** Labels that mean a packet was turned away: what `status` lists. */
export function isRefusal(outcome: string): boolean {
  return outcome.startsWith('refused_') || outcome.startsWith('drop_');
}
