/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers of the gateway's own: RST, ICMP port unreachable, ARP replies. They go back the way the packet came.
 */
#ifndef SLUICE_REFUSE_H
#define SLUICE_REFUSE_H

#include "checksum.h"
#include "packet.h"

#define ANSWER_TTL 64
#define ICMP_DEST_UNREACH 3
#define ICMP_PORT_UNREACH 3
#define ARP_HARDWARE_ETHERNET 1
#define ARP_REQUEST 1
#define ARP_REPLY 2

/* Frames are built on the stack from `eth` on; the pad in front aligns what follows. */
#define FRAME_SIZE(frame) (sizeof(frame) - sizeof((frame).pad))

struct reset_frame {
	__u16 pad;
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;
};

inline_always __u64 checksum__sum(const void *bytes, __u32 length)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < length / 2; i++)
		sum += ((const __u16 *)bytes)[i];
	return sum;
}

/* IPv4 header of an answer; `length` counts it and what follows. */
inline_always void answer__ip(struct iphdr *ip, __be32 saddr, __be32 daddr, __u8 protocol, __u16 length)
{
	*ip = (struct iphdr){.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(length),
		.frag_off = bpf_htons(0x4000), /* DF: no fragments of it, so identification 0 is right (RFC 6864) */
		.ttl = ANSWER_TTL,
		.protocol = protocol,
		.saddr = saddr,
		.daddr = daddr};
	ip->check = (__u16)~checksum__fold(checksum__sum(ip, sizeof(*ip)));
}

/* IP and TCP of an RST along `flow`. With TCP_ACK in flags it acknowledges `ack`. The Ethernet addresses are the caller's. */
inline_always void reset__build(struct reset_frame *frame, const struct flow4 *flow, __u32 seq, __u32 ack, __u8 flags)
{
	__u8 *tcp = (__u8 *)&frame->tcp;
	__u64 sum;

	frame->eth.h_proto = bpf_htons(ETH_P_IP);
	answer__ip(&frame->ip, flow->saddr, flow->daddr, IPPROTO_TCP, sizeof(struct iphdr) + sizeof(struct tcphdr));
	frame->tcp = (struct tcphdr){
		.source = flow->sport, .dest = flow->dport, .seq = bpf_htonl(seq), .ack_seq = bpf_htonl(ack)};
	tcp[12] = 5 << 4;
	tcp[13] = flags | TCP_RST;
	sum = checksum__sum(&frame->tcp, sizeof(frame->tcp));
	sum += (__u64)flow->saddr + flow->daddr + bpf_htons(IPPROTO_TCP) + bpf_htons(sizeof(struct tcphdr));
	frame->tcp.check = (__u16)~checksum__fold(sum);
}

/* Turns a TCP packet into the RST that answers it (RFC 9293, 3.10.7.1). */
static __attribute__((noinline)) bool refuse__tcp(struct packet *packet)
{
	struct reset_frame frame = {};
	struct flow4 back = {.saddr = packet->flow.daddr,
		.daddr = packet->flow.saddr,
		.sport = packet->flow.dport,
		.dport = packet->flow.sport};
	__u32 payload = packet->length - sizeof(struct iphdr) - packet->tcp_words * 4;
	struct ethhdr *eth = packet__data(packet);
	int surplus = packet__frame_size(packet) - (int)FRAME_SIZE(frame);

	if ((void *)(eth + 1) > packet__end(packet))
		return false;
	if (packet->tcp_flags & TCP_ACK)
		reset__build(&frame, &back, packet->ack, 0, 0);
	else
		reset__build(&frame, &back, 0,
			packet->seq + payload + !!(packet->tcp_flags & TCP_SYN) + !!(packet->tcp_flags & TCP_FIN),
			TCP_ACK);
	__builtin_memcpy(frame.eth.h_dest, eth->h_source, 6);
	__builtin_memcpy(frame.eth.h_source, eth->h_dest, 6);
	if (surplus > 0 && bpf_xdp_adjust_tail(packet->xdp, -surplus))
		return false;
	return !bpf_xdp_store_bytes(packet->xdp, 0, &frame.eth, FRAME_SIZE(frame));
}

/* Their kernel headers want libc's. */
struct icmphdr {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be32 unused;
};

struct unreachable_frame {
	__u16 pad;
	struct ethhdr eth;
	struct iphdr ip;
	struct icmphdr icmp;
	struct iphdr quoted_ip;
	struct udphdr quoted_udp;
};

/* Turns a UDP packet into ICMP port unreachable from the address it was sent to (RFC 792). */
static __attribute__((noinline)) bool refuse__udp(struct packet *packet)
{
	struct unreachable_frame frame = {};
	int quoted = sizeof(frame.quoted_ip) + sizeof(frame.quoted_udp);
	int surplus = packet__frame_size(packet) - (int)sizeof(struct ethhdr) - quoted;
	__u64 sum;

	if (bpf_xdp_load_bytes(packet->xdp, 0, &frame.eth, sizeof(frame.eth)) ||
		bpf_xdp_load_bytes(packet->xdp, sizeof(frame.eth), &frame.quoted_ip, quoted))
		return false;
	for (int i = 0; i < 6; i++) {
		__u8 byte = frame.eth.h_dest[i];

		frame.eth.h_dest[i] = frame.eth.h_source[i];
		frame.eth.h_source[i] = byte;
	}
	answer__ip(&frame.ip, packet->flow.daddr, packet->flow.saddr, IPPROTO_ICMP,
		FRAME_SIZE(frame) - sizeof(struct ethhdr));
	frame.icmp.type = ICMP_DEST_UNREACH;
	frame.icmp.code = ICMP_PORT_UNREACH;
	sum = checksum__sum(&frame.icmp, sizeof(frame.icmp) + quoted);
	frame.icmp.checksum = (__u16)~checksum__fold(sum);
	if (surplus > 0 && bpf_xdp_adjust_tail(packet->xdp, -surplus))
		return false;
	if (bpf_xdp_adjust_head(packet->xdp, -(int)(sizeof(frame.ip) + sizeof(frame.icmp))))
		return false;
	return !bpf_xdp_store_bytes(packet->xdp, 0, &frame.eth, FRAME_SIZE(frame));
}

/* ARP for IPv4 over Ethernet (RFC 826). */
struct arp_packet {
	struct ethhdr eth;
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_length;
	__u8 protocol_length;
	__be16 operation;
	__u8 sender_mac[6];
	__be32 sender;
	__u8 target_mac[6];
	__be32 target;
} __attribute__((packed));

/*
 * Answers a request for a VIP or local address that no interface has. Returns false for everything else, which is the kernel's.
 */
static __attribute__((noinline)) bool arp__answer(struct xdp_md *xdp)
{
	__u32 ifindex = xdp->ingress_ifindex;
	struct arp_packet *packet = (void *)(long)xdp->data;
	struct address *address;
	struct device *device;
	__be32 target;

	if ((void *)(packet + 1) > (void *)(long)xdp->data_end)
		return false;
	if (packet->hardware != bpf_htons(ARP_HARDWARE_ETHERNET) || packet->protocol != bpf_htons(ETH_P_IP) ||
		packet->hardware_length != sizeof(packet->sender_mac) ||
		packet->protocol_length != sizeof(packet->sender) || packet->operation != bpf_htons(ARP_REQUEST) ||
		packet->sender == packet->target)
		return false;
	target = packet->target;
	address = address__find4(target);
	device = bpf_map_lookup_elem(&devices, &ifindex);
	if (!address || !(address->flags & ADDRESS_ARP) || !device)
		return false;
	packet->operation = bpf_htons(ARP_REPLY);
	__builtin_memcpy(packet->eth.h_dest, packet->eth.h_source, 6);
	__builtin_memcpy(packet->eth.h_source, device->mac, 6);
	__builtin_memcpy(packet->target_mac, packet->sender_mac, 6);
	packet->target = packet->sender;
	__builtin_memcpy(packet->sender_mac, device->mac, 6);
	packet->sender = target;
	return true;
}

#endif
