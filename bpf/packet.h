/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The context of one packet and the parser that fills it. Nothing is parsed twice: later stages read the fields here and take
 * pointers into the packet only to write.
 */
#ifndef SLUICE_PACKET_H
#define SLUICE_PACKET_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include "maps.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

#define IP_FRAGMENT bpf_htons(0x3fff) /* more-fragments flag and offset */
#define IPV4_NO_OPTIONS 0x45 /* version and header length in words */
#define IPV4_MOST_OPTIONS 0x4f

struct packet {
	struct xdp_md *xdp;
	struct flow4 flow; /* as it came in */
	__u32 now; /* tick */
	__u32 seq; /* TCP, host order */
	__u32 ack;
	__u16 length; /* of the IP packet; the frame may be longer (Ethernet padding) */
	__u8 tcp_flags;
	__u8 tcp_words; /* data offset: header length in 32-bit words */
	__u8 ttl;
	__u16 mss_limit; /* SYN of a client: largest MSS its listener lets through; 0: any */
};

/* What parsing found out. */
enum parsed {
	PARSED_FLOW, /* packet.flow and the transport fields are valid */
	PARSED_ARP,
	PARSED_NOT_IP, /* IPv6 in this release, VLAN tags, other Ethernet types */
	PARSED_NOT_OURS, /* ICMP and other protocols */
	PARSED_OPTIONS, /* IP options; only the flow's addresses are valid */
	PARSED_FRAGMENT, /* the same */
	PARSED_MALFORMED, /* the same */
};

inline_always void *packet__data(const struct packet *packet)
{
	return (void *)(long)packet->xdp->data;
}

inline_always void *packet__end(const struct packet *packet)
{
	return (void *)(long)packet->xdp->data_end;
}

/* Bytes of the frame. The barrier keeps the subtraction in 64 bits, where the verifier allows it. */
inline_always int packet__frame_size(const struct packet *packet)
{
	long size = (long)packet->xdp->data_end - (long)packet->xdp->data;

	barrier_var(size);
	return (int)size;
}

inline_always enum parsed packet__parse_tcp(struct packet *packet, void *l4, void *end)
{
	struct tcphdr *tcp = l4;
	__u8 *bytes = l4;

	if (l4 + sizeof(*tcp) > end)
		return PARSED_MALFORMED;
	packet->tcp_words = bytes[12] >> 4;
	packet->tcp_flags = bytes[13];
	packet->seq = bpf_ntohl(tcp->seq);
	packet->ack = bpf_ntohl(tcp->ack_seq);
	packet->flow.sport = tcp->source;
	packet->flow.dport = tcp->dest;
	if (packet->tcp_words < 5 || packet->length < sizeof(struct iphdr) + packet->tcp_words * 4)
		return PARSED_MALFORMED;
	return PARSED_FLOW;
}

inline_always enum parsed packet__parse_udp(struct packet *packet, void *l4, void *end)
{
	struct udphdr *udp = l4;

	if (l4 + sizeof(*udp) > end || packet->length < sizeof(struct iphdr) + sizeof(*udp))
		return PARSED_MALFORMED;
	packet->flow.sport = udp->source;
	packet->flow.dport = udp->dest;
	return PARSED_FLOW;
}

inline_always enum parsed packet__parse(struct packet *packet, struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data;
	void *end = (void *)(long)xdp->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	__u32 length; /* apart from packet->length: else the compiler infers bounds that the verifier cannot follow */

	packet->xdp = xdp;
	packet->mss_limit = 0;
	if ((void *)(eth + 1) > end)
		return PARSED_NOT_IP;
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return PARSED_ARP;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || (void *)(ip + 1) > end)
		return PARSED_NOT_IP;
	packet->flow = (struct flow4){.saddr = ip->saddr, .daddr = ip->daddr, .protocol = ip->protocol};
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return PARSED_NOT_OURS;
	if (*(__u8 *)ip != IPV4_NO_OPTIONS)
		return *(__u8 *)ip > IPV4_NO_OPTIONS && *(__u8 *)ip <= IPV4_MOST_OPTIONS ? PARSED_OPTIONS
											 : PARSED_MALFORMED;
	if (ip->frag_off & IP_FRAGMENT)
		return PARSED_FRAGMENT;
	packet->length = length = bpf_ntohs(ip->tot_len);
	packet->ttl = ip->ttl;
	barrier_var(length);
	if ((void *)ip + length > end)
		return PARSED_MALFORMED;
	if (ip->protocol == IPPROTO_TCP)
		return packet__parse_tcp(packet, ip + 1, end);
	return packet__parse_udp(packet, ip + 1, end);
}

inline_always bool packet__is_tcp(const struct packet *packet)
{
	return packet->flow.protocol == IPPROTO_TCP;
}

/* IPv4 address as the 16 bytes that the slow maps use. `mapped` must be aligned to 4. */
inline_always void address__map4(__u8 mapped[16], __be32 address)
{
	__u32 *words = (__u32 *)mapped;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = address;
}

inline_always __be32 address__unmap4(const __u8 mapped[16])
{
	return *(const __be32 *)(mapped + 12);
}

inline_always struct address *address__find4(__be32 address)
{
	struct address_key key __attribute__((aligned(8)));

	address__map4(key.address, address);
	return bpf_map_lookup_elem(&addresses, &key);
}

#endif
