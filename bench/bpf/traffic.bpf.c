/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traffic without TCP stacks: the first packets of flows, a client that goes on with what is answered and a server that answers,
 * all in XDP. What is left to measure is the gateway between them.
 *
 *   generate  test run with live frames on the client's interface: UDP datagrams, or SYNs of new TCP sessions
 *   client    on the client's interface: counts datagrams that came back; SYN-ACK -> ACK with request, response -> FIN, FIN -> ACK
 *   server    on the backend's interface: echoes datagrams; SYN -> SYN-ACK, request -> response, FIN -> FIN
 *
 * Nobody keeps state: sequence numbers of an answer come from the packet it answers. Nothing is retransmitted; a session that loses a
 * packet is never completed and never counted. Payloads are zeros, so checksums (all are valid) are those of the headers.
 */
#include "traffic.h"

char LICENSE[] SEC("license") = "GPL";

/* What the generator makes. Row of `orders`. */
struct order {
	__be32 source; /* of the first flow; FLOWS_PER_ADDRESS flows share an address, with ports all over the range */
	__be32 destination;
	__be16 port; /* of the destination */
	__u8 protocol;
	__u8 pad;
	__u32 flows; /* flow numbers start again after this many */
	__u8 dmac[6];
	__u8 smac[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct order);
} orders SEC(".maps");

/* Number of the next flow. Row of `turns`, written before a contest and by the generator. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} turns SEC(".maps");

/* Index into traffic_counters (per CPU). */
enum traffic_counter {
	TRAFFIC_SENT = 0, /* first packets */
	TRAFFIC_RETURNED, /* datagrams that came back to the client */
	TRAFFIC_COMPLETED, /* TCP sessions closed by both sides after a response, seen by the client */
	TRAFFIC_RESET, /* RSTs the client got */
	TRAFFIC_MAX,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TRAFFIC_MAX);
	__type(key, __u32);
	__type(value, __u64);
} traffic_counters SEC(".maps");

inline_always void traffic__count(enum traffic_counter counter)
{
	__u32 index = counter;
	__u64 *count = bpf_map_lookup_elem(&traffic_counters, &index);

	if (count)
		*count += 1;
}

/*
 * Back through the interface the frame came in by. Not XDP_TX: with that veth wakes its peer only where the peer runs an XDP program
 * of its own, and the contestants' gateways do not.
 */
inline_always int frame__send(struct xdp_md *xdp)
{
	return bpf_redirect(xdp->ingress_ifindex, 0);
}

inline_always void generate__headers(struct headers *headers, const struct order *order, __u64 flow)
{
	__u32 host = (__u32)flow / FLOWS_PER_ADDRESS;
	__u16 port = FIRST_PORT + flow * PORT_STRIDE % PORTS;
	struct iphdr *ip = headers->ip;

	__builtin_memcpy(headers->eth->h_dest, order->dmac, 6);
	__builtin_memcpy(headers->eth->h_source, order->smac, 6);
	headers->eth->h_proto = bpf_htons(ETH_P_IP);
	*(__be16 *)ip = bpf_htons(0x4500);
	ip->id = 0;
	ip->frag_off = bpf_htons(0x4000); /* don't fragment */
	ip->protocol = order->protocol;
	ip->saddr = bpf_htonl(bpf_ntohl(order->source) + host);
	ip->daddr = order->destination;
	headers->udp->source = bpf_htons(port);
	headers->udp->dest = order->port;
}

inline_always void generate__udp(struct headers *headers)
{
	__u16 length = UDP_FRAME - sizeof(struct ethhdr) - sizeof(struct iphdr);
	struct udphdr *udp = headers->udp;
	__u32 *payload = (__u32 *)(udp + 1);

	/* What a frame of an earlier round left there; the last two bytes are never written by anybody. */
	for (__u32 i = 0; i < 4; i++)
		payload[i] = 0;
	udp->len = bpf_htons(length);
	udp->check = 0;
	udp->check = transport__checksum(headers->ip, udp, sizeof(*udp) / 4, length);
	ip__finish(headers->ip, sizeof(struct iphdr) + length);
}

/*
 * The test run hands over a frame longer than a SYN. It uses frames again as others left them, with the length of a response, unless
 * the program changes their bounds.
 */
inline_always bool generate__syn(struct xdp_md *xdp, const struct order *order, __u64 flow)
{
	struct headers headers;

	if (!frame__resize(xdp, SYN_FRAME) || !headers__find(&headers, xdp, SYN_FRAME))
		return false;
	generate__headers(&headers, order, flow);
	options__write_syn(headers.tcp);
	tcp__finish(&headers, SYN, (__u32)flow * 40503, 0, SYN_WORDS, 0);
	return true;
}

inline_always bool generate__datagram(struct xdp_md *xdp, const struct order *order, __u64 flow)
{
	struct headers headers;

	if (!headers__find(&headers, xdp, UDP_FRAME))
		return false;
	generate__headers(&headers, order, flow);
	generate__udp(&headers);
	return true;
}

SEC("xdp")
int generate(struct xdp_md *xdp)
{
	__u32 zero = 0;
	struct order *order = bpf_map_lookup_elem(&orders, &zero);
	__u64 *turn = bpf_map_lookup_elem(&turns, &zero);
	__u64 flow;

	if (!order || !turn || !order->flows)
		return XDP_ABORTED;
	flow = __sync_fetch_and_add(turn, 1) % order->flows;
	if (order->protocol == IPPROTO_UDP ? !generate__datagram(xdp, order, flow) : !generate__syn(xdp, order, flow))
		return XDP_ABORTED;
	traffic__count(TRAFFIC_SENT);
	return XDP_TX;
}

/* Ethernet and IP of an answer to a frame whose IP header may have been cut off or overwritten. */
inline_always void headers__renew(struct headers *headers)
{
	headers->eth->h_proto = bpf_htons(ETH_P_IP);
	*(__be16 *)headers->ip = bpf_htons(0x4500);
	headers->ip->id = 0;
	headers->ip->frag_off = bpf_htons(0x4000); /* don't fragment */
	headers->ip->protocol = IPPROTO_TCP;
}

/* Turns the packet into the segment that answers it, with `payload` (0 or PAYLOAD) bytes of zeros. */
inline_always int answer(struct xdp_md *xdp, struct headers *headers, __u8 flags, __u32 seq, __u32 ack, __u32 payload)
{
	struct talk talk = headers__talk(headers);

	/* What is left of options behind the new ones would not be zero: cut it off, then grow. */
	if (!frame__resize(xdp, EMPTY_FRAME) || (payload && !frame__resize(xdp, FULL_FRAME)) ||
		!headers__find(headers, xdp, EMPTY_FRAME))
		return XDP_ABORTED;
	headers__renew(headers);
	headers__answer(headers, &talk);
	options__write(headers->tcp);
	tcp__finish(headers, flags, seq, ack, EMPTY_WORDS, payload);
	return frame__send(xdp);
}

/* The transport header and the flags of a TCP packet; false: it is something else. */
inline_always bool segment__find(struct headers *headers, struct xdp_md *xdp)
{
	return headers__find(headers, xdp, HEADERS) && headers->eth->h_proto == bpf_htons(ETH_P_IP) &&
	       headers->ip->protocol == IPPROTO_TCP;
}

inline_always bool datagram__find(struct headers *headers, struct xdp_md *xdp)
{
	return headers__find(headers, xdp, sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct udphdr)) &&
	       headers->eth->h_proto == bpf_htons(ETH_P_IP) && headers->ip->protocol == IPPROTO_UDP;
}

SEC("xdp")
int client(struct xdp_md *xdp)
{
	struct headers headers;
	__u32 seq, ack;
	__u8 flags;

	if (datagram__find(&headers, xdp)) {
		traffic__count(TRAFFIC_RETURNED);
		return XDP_DROP;
	}
	if (!segment__find(&headers, xdp))
		return XDP_PASS;
	flags = ((__u8 *)headers.tcp)[13];
	seq = bpf_ntohl(headers.tcp->seq);
	ack = bpf_ntohl(headers.tcp->ack_seq);
	switch (flags) {
	case SYN | ACK:
		return answer(xdp, &headers, PSH | ACK, ack, seq + 1, PAYLOAD);
	case PSH | ACK:
		return answer(xdp, &headers, FIN | ACK, ack, seq + PAYLOAD, 0);
	case FIN | ACK:
		traffic__count(TRAFFIC_COMPLETED);
		return answer(xdp, &headers, ACK, ack, seq + 1, 0);
	}
	if (flags & RST)
		traffic__count(TRAFFIC_RESET);
	return XDP_DROP;
}

/* SYN-ACK in place of a SYN of the same size, with the SYN's options. */
inline_always int server__accept(struct xdp_md *xdp, struct headers *headers, __u32 seq)
{
	struct talk talk;

	if (!headers__find(headers, xdp, SYN_FRAME))
		return XDP_DROP;
	talk = headers__talk(headers);
	headers__answer(headers, &talk);
	tcp__finish(headers, SYN | ACK, seq * 2654435761u, seq + 1, SYN_WORDS, 0);
	return frame__send(xdp);
}

/* Response to a request whose header is `surplus` bytes longer than a response's: the client's address may be in it. */
inline_always int server__respond(struct xdp_md *xdp, struct headers *headers, __u32 seq, __u32 ack, int surplus)
{
	struct talk talk = headers__talk(headers);

	if ((surplus && bpf_xdp_adjust_head(xdp, surplus)) || !headers__find(headers, xdp, EMPTY_FRAME))
		return XDP_ABORTED;
	headers__renew(headers);
	headers__answer(headers, &talk);
	options__write(headers->tcp);
	tcp__finish(headers, PSH | ACK, ack, seq + PAYLOAD, EMPTY_WORDS, PAYLOAD);
	return frame__send(xdp);
}

SEC("xdp")
int server(struct xdp_md *xdp)
{
	struct headers headers;
	struct talk talk;
	__u32 seq, ack;
	int words;

	if (datagram__find(&headers, xdp)) {
		talk = headers__talk(&headers);
		headers__answer(&headers, &talk);
		return frame__send(xdp);
	}
	if (!segment__find(&headers, xdp))
		return XDP_PASS;
	words = ((__u8 *)headers.tcp)[12] >> 4;
	seq = bpf_ntohl(headers.tcp->seq);
	ack = bpf_ntohl(headers.tcp->ack_seq);
	switch (((__u8 *)headers.tcp)[13]) {
	case SYN:
		return server__accept(xdp, &headers, seq);
	case PSH | ACK:
		return server__respond(xdp, &headers, seq, ack, (words - EMPTY_WORDS) * 4);
	case FIN | ACK:
		return answer(xdp, &headers, FIN | ACK, ack, seq + 1, 0);
	}
	return XDP_DROP;
}
