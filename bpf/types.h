/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel programs and user space share: the only definition of it.
 *
 * scripts/generate-layouts reads the BTF of the compiled object and writes the TypeScript codecs of
 * src/datapath/layouts.ts from it, so a field changed here is changed everywhere. Rules: fixed-width
 * fields, padding written out, network-order fields typed __be*, enums instead of #defines.
 *
 * Addresses outside the session rows take 16 bytes for both families; IPv4 is ::ffff:a.b.c.d there.
 * Times are ticks of 2^24 ns (about 16.8 ms) of CLOCK_MONOTONIC_COARSE in 32 bits; they wrap after 2.2 years
 * and are only ever compared by difference.
 */
#ifndef SLUICE_TYPES_H
#define SLUICE_TYPES_H

/* Sizes that both sides compile in. */
enum limits {
	TICK_SHIFT = 24, /* ns -> tick */
	WHEEL_CELL_TARGETS = 16, /* target ids in one wheel_cell: one cache line */
	LEASE_FIRST_PORT = 1024, /* local ports below stay unused: some firewalls treat them as privileged */
	LEASE_PORTS = 64512, /* 1024..65535, leases of one local address towards one member */
	LEASE_WORDS_PER_LOCAL = 1008, /* LEASE_PORTS / 64 */
	LEASE_TRIES = 64, /* words of 64 ports looked at before a lease is refused */
	ROUTES = 4096, /* answers of the routing table that one CPU shares between new sessions, a power of two */
	LEAST_CONNECTIONS_SCAN = 1024, /* candidates compared for one new session; more take turns */
	BALANCER_BASE = 16384, /* budgets and accounts of load balancers start here, those of listeners end */
	CLIENT_CELLS = 65536, /* cells in a row of client_cells, a power of two */
	CLIENT_ROWS = 2,
	RESERVED_SHIFT =
		3, /* the last eighth of a budget is kept from a client that has most of the rest, if others want it */
	CONTENTION_SECONDS = 10, /* so long after somebody else was turned away */
	BURST_NANOSECONDS = 250000000, /* bandwidth: how far a listener may run ahead of its peak */
	BYTE_TIME_SHIFT = 16, /* budget.byte_time is in units of 2^-16 ns */
	OPTION_TOA = 254, /* TCP option that carries the client's address: kind, length 8, port, IPv4 address */
	OPTION_TOA_ALTERNATE = 253,
	TOA_LENGTH = 8,
};

/* One IPv4 flow as it is on the wire, in the direction of the packet. Key of sessions4. */
struct flow4 {
	__be32 saddr;
	__be32 daddr;
	__be16 sport;
	__be16 dport;
	__u8 protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	__u8 pad[3];
};

/* Bits of session4.state. The upper 16 bits hold the idle timeout (forward, see session.h) or the listener's MSS limit (reverse). */
enum session_bit {
	SESSION_REVERSE = 1 << 0, /* row of the direction member -> client */
	SESSION_TOA = 1 << 1, /* the client's address goes to the member in TCP options */
	SESSION_ANSWERED = 1 << 2, /* this direction has spoken beyond its SYN: SYN-ACK (reverse), ACK (forward) */
	SESSION_FIN = 1 << 3, /* this direction has sent FIN */
	SESSION_RST = 1 << 4, /* this direction has sent RST */
	SESSION_MEMBER_CLOSED_FIRST = 1 << 5, /* forward row: the member holds TIME-WAIT, so the lease must rest */
	SESSION_CLOSED = 1 << 6, /* forward row: no longer counted as an active connection */
	SESSION_ROUTED = 1 << 7, /* ifindex, smac and dmac are valid, and XDP may send there */
	SESSION_UNLEASED = 1 << 8, /* forward row: has no bit in lease_words to give back */
	SESSION_METERED = 1 << 9, /* its listener has a bandwidth peak; looked up anew with the next hop */
	SESSION_TALLIED = 1 << 10, /* forward row: counted in client_cells for its listener */
	SESSION_TALLIED_BALANCER = 1 << 11, /* ... and for its load balancer */
	SESSION_IDLE_SHIFT = 16,
	SESSION_MSS_SHIFT = 16,
};

/*
 * One direction of an IPv4 session, ready to apply: the packet gets these addresses and ports, these checksum
 * differences, this next hop. 64 bytes: with the kernel's element header and key a row is two cache lines.
 * The row of the other direction has the key (daddr, saddr, dport, sport) of this row's translation.
 */
struct session4 {
	__be32 saddr; /* after translation */
	__be32 daddr;
	__be16 sport;
	__be16 dport;
	__u16 ip_delta; /* one's complement difference for the IP checksum, TTL decrement included */
	__u16 l4_delta; /* the same for the TCP or UDP checksum */
	__u8 dmac[6];
	__u8 smac[6];
	__u32 ifindex; /* egress; 0: never known */
	__u32 seen; /* tick of the last packet */
	__u32 state; /* enum session_bit, idle timeout or MSS limit above */
	__u16 target; /* index into targets and target_stats */
	__u16 account; /* its listener's, index into budgets and accounts: whose connection it is until it closes */
	__u32 ack; /* last acknowledgment number this direction sent, host order: what its receiver expects next */
	union {
		__u32 toa_ack; /* forward: server ISN + 1, host order; packets with this ack carry TOA */
		__u32 created; /* reverse: tick of creation */
	};
	__u32 packets;
	__u64 bytes; /* of IP packets as received */
};

/* VIP:port. Key of services. */
struct service_key {
	__u8 address[16];
	__be16 port;
	__u8 protocol;
	__u8 pad;
};

enum algorithm {
	ALGORITHM_WHEEL = 0, /* weighted round robin: next cell of the wheel */
	ALGORITHM_SOURCE_HASH = 1, /* wheel cell by hash of the client's address */
	ALGORITHM_SOURCE_PORT_HASH = 2, /* ... of address and port */
	ALGORITHM_LEAST_CONNECTIONS = 3, /* lowest active/weight among the wheel's targets */
};

enum service_bit {
	SERVICE_TOA = 1 << 0, /* insert TOA, strip foreign ones */
	SERVICE_PASS = 1 << 1, /* hand packets to the local stack: a proxy listens there */
	SERVICE_ALLOWED_CIDRS = 1 << 2, /* new sessions only from clients on the list `allowed_cidrs` */
	SERVICE_ALLOW = 1 << 3, /* ... only from clients on `access_list` */
	SERVICE_DENY = 1 << 4, /* ... only from clients that are not on `access_list` */
	SERVICE_LIMITED = 1 << 5, /* it or its load balancer has a limit of connections or of new ones per second */
	SERVICE_METERED = 1 << 6, /* it has a bandwidth peak */
};

/*
 * A listener as packets see it. Replaced as a whole: this one write switches a new wheel on, after its cells and targets
 * were written.
 */
struct service {
	__u32 listener; /* index into listener_stats */
	__u32 account; /* index into budgets and accounts: one for all VIPs of the listener */
	__u32 flags; /* enum service_bit */
	__u32 algorithm; /* enum algorithm */
	__u32 idle_timeout; /* s */
	__u32 sticky_timeout; /* s; 0: no source-IP stickiness */
	__u32 hash_seed; /* mixed into source hashes, constant for the listener's life */
	__u32 wheel_base; /* first entry, in targets (not cells) of the wheel array */
	__u32 wheel_length; /* entries; 0: no usable member, refuse */
	__u16 mss; /* largest MSS let through in SYN and SYN-ACK, before TOA's 8 bytes; 0: as it is */
	__u16 pad;
	__u32 allowed_cidrs; /* index into access_lists, with SERVICE_ALLOWED_CIDRS */
	__u32 access_list; /* the same, with SERVICE_ALLOW or SERVICE_DENY */
};

/* Sixteen target ids of the wheels; one array holds the wheels of all listeners as ranges. */
struct wheel_cell {
	__u32 target[16]; /* WHEEL_CELL_TARGETS */
};

enum target_bit {
	TARGET_USABLE = 1 << 0, /* takes new sessions; cleared: sticky clients move */
	TARGET_GONE = 1 << 1, /* unhealthy or removed, not drained: UDP sessions and unanswered SYNs move as well */
};

/* One member as one listener's packets see it. Index: target id, never reused while member.active > 0. */
struct target {
	__u8 address[16];
	__be16 port;
	__u8 protocol;
	__u8 pad;
	__u32 flags; /* enum target_bit */
	__u32 weight; /* 1..256, for least connections */
	__u32 listener; /* whose wheel it is on */
	__u32 member; /* index into members: shared by the listeners that share the pool */
};

/* Live counters of a pool member; mapped into user space. */
struct member {
	__u32 active; /* sessions not yet closed, over all CPUs */
	__u32 leases; /* words looked at for leases so far: where the search for the next one starts */
};

/*
 * One block of an access list: key of its trie, value an enum access. IPv4 blocks are ::ffff:a.b.c.d with 96 added to their prefix.
 */
struct access_key {
	__u32 prefix; /* bits of address that count, 0..128 */
	__u8 address[16];
};

/* The longest matching block decides. */
enum access {
	ACCESS_UNLISTED =
		0, /* all of IPv4, unless 0.0.0.0/0 is listed: a short IPv6 prefix does not mean IPv4 addresses */
	ACCESS_LISTED = 1,
};

enum unlimited {
	UNLIMITED = 0xffffffff,
};

/* What a listener, or a load balancer (from BALANCER_BASE on), may use. */
struct budget {
	__u32 balancer; /* of a listener: index of its load balancer's budget and account; of a load balancer: 0 */
	__u32 connections; /* at a time; UNLIMITED */
	__u32 sessions; /* new ones in a second of the clock; UNLIMITED */
	__u32 byte_time; /* how long a byte takes at the bandwidth peak, each direction; 0: no peak */
};

/*
 * What it uses, over all CPUs; index as budgets. Only the data plane writes it, user space reads. A cache line of its own: every new
 * session of the listener writes it.
 */
struct account {
	__u64 next; /* of a listener: position of its round robin */
	__u32 connections; /* sessions not yet closed */
	__u32 turned_away; /* second of the clock in which somebody else than the greatest client was last refused */
	__u64 sessions; /* begun in a second: its number in the upper half, how many in the lower; while there is a limit */
	__u64 up_busy; /* ns of the clock: when all that came from clients will have been sent at the peak */
	__u64 down_busy; /* ... and all that came from members */
	__u8 pad[24];
};

/*
 * What a client has of a budget with a limit: a cell in each of CLIENT_ROWS rows, shared by who happens to have the same place there.
 * The one that shows less is right or nearly so.
 */
struct client_cell {
	__u32 connections;
	__u32 pad;
	__u64 sessions; /* as account.sessions */
};

/* Which member a client address sticks to. LRU: under pressure the longest unused assignment is forgotten. */
struct sticky_key {
	__u8 address[16];
	__u32 listener;
};

struct sticky {
	__u32 target;
	__u32 seen; /* tick of the last new session */
};

/* An address that XDP answers for. Key: 16 bytes. */
enum address_bit {
	ADDRESS_VIP = 1 << 0,
	ADDRESS_LOCAL = 1 << 1, /* sources towards members; nothing of the host's own may use it */
	ADDRESS_ARP = 1 << 2, /* answer ARP requests for it: no interface of the host has it */
};

struct address_key {
	__u8 address[16];
};

struct address {
	__u32 flags; /* enum address_bit */
	__u32 local; /* index into locals when ADDRESS_LOCAL, ~0 while it is only kept for old sessions; for user space */
};

/* A local address, by index. Leases are found by address, so the order may change while sessions last. */
struct local {
	__u8 address[16];
};

/* An interface that runs the gateway: next hops through others are left to the kernel. Key: ifindex (u32). */
struct device {
	__u8 mac[6];
	__u8 pad[2];
};

/* The way between two addresses, as the kernel's tables had it in one period of 1.1 s. Zero: none. */
struct route {
	__be32 saddr;
	__be32 daddr;
	__u32 ingress; /* interface of the packet that asked: policy routing may depend on it */
	__u32 period;
	__u32 egress;
	__u8 dmac[6];
	__u8 smac[6];
};

/* Times of all sessions, one row. TCP established and UDP use the listener's idle timeout. */
struct settings {
	__u32 local_count; /* usable entries of locals */
	__u32 syn_timeout; /* s: SYN without a finished handshake */
	__u32 fin_timeout; /* s: one side has closed; the shorter of this and the idle timeout */
	__u32 time_wait_timeout; /* s: closed, member first: the member keeps TIME-WAIT towards our lease */
	__u32 close_timeout; /* s: closed otherwise; long enough for late retransmissions */
	__u32 lease_mask; /* number of 64-bit lease words - 1; a power of two minus one */
	__u32 hash_key; /* random per installation, spreads members over lease_words */
	__u32 pad;
};

/*
 * Every way a packet can leave the gateway. Index into outcomes (per CPU) and, from OUTCOME_REFUSED_NO_MEMBER on, what `status`
 * shows as refused or dropped. The generator turns names into labels: OUTCOME_DROP_NO_ROUTE -> drop_no_route.
 */
enum outcome {
	OUTCOME_PASS_NOT_IP = 0, /* not IPv4: the kernel's */
	OUTCOME_PASS_NOT_OURS, /* no listener, no session, neither TCP nor UDP: the kernel's */
	OUTCOME_PASS_PROXY, /* for a proxy on this host */
	OUTCOME_FORWARD, /* translated and sent */
	OUTCOME_KERNEL_FORWARD, /* translated, left to the kernel to forward: next hop not resolved yet */
	OUTCOME_ARP_REPLY,
	OUTCOME_REFUSED_NO_MEMBER, /* RST or ICMP port unreachable: no usable member */
	OUTCOME_REFUSED_NO_LISTENER, /* RST or ICMP port unreachable: nobody listens on this port of a VIP */
	OUTCOME_REFUSED_NO_SESSION, /* RST: TCP packet, not a SYN, of no session, for a VIP:port or local address */
	OUTCOME_DROP_NO_SESSION, /* the same where no RST is due: RST itself, or UDP to a local address */
	OUTCOME_DROP_MALFORMED, /* headers that contradict themselves or end early */
	OUTCOME_DROP_IP_OPTIONS, /* IP options towards a VIP or local address */
	OUTCOME_DROP_FRAGMENT, /* fragment for a VIP or local address */
	OUTCOME_DROP_SESSIONS_FULL, /* session table is full: raise gateway.sessions */
	OUTCOME_DROP_LEASES_EXHAUSTED, /* no free local address:port towards the member: add local_addresses */
	OUTCOME_DROP_NO_LOCAL_ADDRESS, /* no local address of the member's family */
	OUTCOME_DROP_NO_ROUTE, /* member or client unreachable by the routing table */
	OUTCOME_DROP_TTL, /* TTL used up */
	OUTCOME_DROP_NO_HEADROOM, /* to be refused, but the driver leaves no room in front of the packet for ICMP */
	OUTCOME_DROP_ACL, /* the listener's access list or allowed_cidrs keep the client out */
	OUTCOME_DROP_CONNECTION_LIMIT, /* the listener has as many connections as it may have */
	OUTCOME_DROP_RATE_LIMIT, /* ... as many new ones in this second */
	OUTCOME_DROP_FLAVOR_CONNECTIONS, /* the load balancer has as many connections as its flavor grants */
	OUTCOME_DROP_FLAVOR_RATE, /* ... as many new ones in this second */
	OUTCOME_DROP_BANDWIDTH, /* the listener is over its bandwidth peak */
	OUTCOME_DROP_RACE, /* lost against another packet of the same new flow; the retransmission finds the session */
	OUTCOME_MAX,
};

/* Events that are counted but do not decide a packet. Index into events (per CPU). */
enum event {
	EVENT_SESSION_CREATED = 0,
	EVENT_SESSION_REOPENED, /* a SYN took over the lease of the same client's closed session */
	EVENT_SESSION_MOVED, /* its member became unhealthy: the next datagram, or SYN if none was answered, begins a new one */
	EVENT_SESSION_ENDED_CLOSED,
	EVENT_SESSION_ENDED_IDLE,
	EVENT_SESSION_ENDED_SYN, /* handshake never finished */
	EVENT_TOA_INSERTED,
	EVENT_TOA_PRUNED, /* inserted after dropping options of the packet */
	EVENT_TOA_NO_ROOM, /* not inserted: TCP header full or the packet as large as the MTU */
	EVENT_TOA_STRIPPED, /* option 253/254 or TFO of a client made harmless */
	EVENT_MSS_CLAMPED,
	EVENT_MAX,
};

/* Traffic of one target, per CPU. In: from the client. Bytes: IP packets as received. */
struct target_stats {
	__u64 sessions;
	__u64 packets_in;
	__u64 bytes_in;
	__u64 packets_out;
	__u64 bytes_out;
};

/* What a listener refused, per CPU; each packet in one of them. */
struct listener_stats {
	__u64 refused; /* no usable member */
	__u64 dropped; /* at admission, for none of the reasons below */
	__u64 acl;
	__u64 connection_limit;
	__u64 rate_limit;
	__u64 flavor_connections;
	__u64 flavor_rate;
	__u64 bandwidth;
};

/* What `sessions` asks for: zero matches everything. One row, set before an iterator runs. */
struct session_filter {
	__be32 client;
	__be32 vip;
	__be32 member;
	__be32 local;
	__be16 client_port;
	__be16 vip_port;
	__be16 member_port;
	__be16 local_port;
	__u8 protocol;
	__u8 count_only;
	__u8 pad[6];
	__u64 matched; /* counted by the iterator */
};

/* One session as the iterator writes it. */
struct session_record {
	struct flow4 flow; /* client -> VIP */
	__be32 local;
	__be32 member;
	__be16 local_port;
	__be16 member_port;
	__u32 state; /* of the forward row */
	__u32 reverse_state;
	__u32 target;
	__u32 idle; /* ticks since the last packet of either direction */
	__u32 age; /* ticks since creation */
	__u32 packets_in;
	__u32 packets_out;
	__u64 bytes_in;
	__u64 bytes_out;
};

/*
 * What the reaper writes for user space: `length` bytes of a frame to send through `ifindex` follow. ifindex 0: nothing to
 * send, a pause mark, so that a reader with a small buffer gets control back every few thousand rows.
 */
struct frame_record {
	__u32 ifindex;
	__u32 length;
};

#endif
