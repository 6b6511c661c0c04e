/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet costs: a generator that writes the headers of another flow at each repeat of a test run and tail-calls the program
 * under measurement, and the programs it is compared with. The generator's own cost is in every figure alike.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "../../bpf/types.h"

char LICENSE[] SEC("license") = "GPL";

enum generator_limits {
	TEMPLATE_LENGTH = 74, /* Ethernet, IPv4, TCP with the options of a SYN */
	STRIDE = 0x9e3779b1, /* odd: turn * STRIDE visits all flows, in an order no prefetcher follows */
};

/* How the flows of a contest differ: flow i has the template's address + i / ports and the port first_port + i % ports. */
struct generator {
	__u32 flows; /* a power of two */
	__u32 length; /* of the frame, bytes */
	__u32 source_step; /* 1: flow number goes into source address and port, 0: into destination address and port */
	__u32 ports; /* ports used for each address, a power of two */
	__u32 fresh; /* 1: flows never repeat (new sessions) */
	__u32 first_port; /* host order */
	__u8 template[TEMPLATE_LENGTH];
	__u8 pad[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct generator);
} generators SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} measured SEC(".maps");

/* Same size, key and value as the gateway's session table: what one look-up costs on this memory. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * 65536);
	__type(key, struct flow4);
	__type(value, struct session4);
} reference SEC(".maps");

__u64 turn;

static __always_inline void flow__patch(struct generator *generator, struct iphdr *ip, __be16 *ports, __u32 flow)
{
	__u32 host = flow / generator->ports;
	__be16 port = bpf_htons(generator->first_port + flow % generator->ports);

	if (generator->source_step) {
		ip->saddr = bpf_htonl(bpf_ntohl(ip->saddr) + host);
		ports[0] = port;
	} else {
		ip->daddr = bpf_htonl(bpf_ntohl(ip->daddr) + host);
		ports[1] = port;
	}
}

SEC("xdp")
int generate(struct xdp_md *xdp)
{
	__u32 zero = 0;
	struct generator *generator = bpf_map_lookup_elem(&generators, &zero);
	void *data, *end;
	long size, surplus;

	if (!generator)
		return XDP_ABORTED;
	/* The program before may have moved the head; each repeat starts from the same length. */
	size = (long)xdp->data_end - (long)xdp->data;
	barrier_var(size);
	surplus = size - generator->length;
	if (surplus && bpf_xdp_adjust_head(xdp, surplus))
		return XDP_ABORTED;
	data = (void *)(long)xdp->data;
	end = (void *)(long)xdp->data_end;
	if (data + TEMPLATE_LENGTH > end)
		return XDP_ABORTED;
	__builtin_memcpy(data, generator->template, TEMPLATE_LENGTH);
	flow__patch(generator, data + sizeof(struct ethhdr), data + sizeof(struct ethhdr) + sizeof(struct iphdr),
		generator->fresh ? turn : (turn * STRIDE) & (generator->flows - 1));
	turn++;
	bpf_tail_call(xdp, &measured, 0);
	return XDP_ABORTED;
}

static __always_inline int mac__swap(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data;
	struct ethhdr *eth = data;
	__u8 mac[6];

	if (data + sizeof(*eth) > (void *)(long)xdp->data_end)
		return XDP_ABORTED;
	__builtin_memcpy(mac, eth->h_source, 6);
	__builtin_memcpy(eth->h_source, eth->h_dest, 6);
	__builtin_memcpy(eth->h_dest, mac, 6);
	return XDP_TX;
}

/* The floor: nothing a gateway does. */
SEC("xdp")
int swap_macs(struct xdp_md *xdp)
{
	return mac__swap(xdp);
}

/* The floor of anything with state: one look-up of the packet's flow. */
SEC("xdp")
int look_up_and_swap(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	__be16 *ports = (void *)(ip + 1);
	struct flow4 flow;

	if ((void *)(ports + 2) > (void *)(long)xdp->data_end)
		return XDP_ABORTED;
	flow = (struct flow4){
		.saddr = ip->saddr, .daddr = ip->daddr, .sport = ports[0], .dport = ports[1], .protocol = ip->protocol};
	if (!bpf_map_lookup_elem(&reference, &flow))
		return XDP_ABORTED;
	return mac__swap(xdp);
}
