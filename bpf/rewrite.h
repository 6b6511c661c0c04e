/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The writer of forwarded packets. Everything that can refuse a packet has had its say before.
 */
#ifndef SLUICE_REWRITE_H
#define SLUICE_REWRITE_H

#include "session.h"

/* A UDP checksum of 0 means "none" and stays; a computed 0 is sent as 0xffff (RFC 768). */
inline_always __u16 udp__checksum(__u16 check, __u32 delta)
{
	if (!check)
		return 0;
	check = checksum__apply(check, delta);
	return check ? check : 0xffff;
}

/*
 * Applies a row to the packet. Without SESSION_ROUTED the kernel is going to forward: it wants its own MAC address and the TTL still
 * to be counted down. Returns false only where the packet has no longer the size it was parsed with.
 */
inline_always bool rewrite__apply(struct packet *packet, const struct session4 *session)
{
	void *data = packet__data(packet);
	void *end = packet__end(packet);
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	struct tcphdr *tcp = (void *)(ip + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__u32 ip_delta = session->ip_delta;

	if (packet__is_tcp(packet)) {
		if ((void *)(tcp + 1) > end)
			return false;
		tcp->check = checksum__apply(tcp->check, session->l4_delta);
	} else {
		if ((void *)(udp + 1) > end)
			return false;
		udp->check = udp__checksum(udp->check, session->l4_delta);
	}
	udp->source = session->sport;
	udp->dest = session->dport;
	if (session->state & SESSION_ROUTED) {
		__builtin_memcpy(eth->h_dest, session->dmac, 6);
		__builtin_memcpy(eth->h_source, session->smac, 6);
		ip->ttl--;
	} else {
		ip_delta += bpf_htons(0x0100);
	}
	ip->saddr = session->saddr;
	ip->daddr = session->daddr;
	ip->check = checksum__apply(ip->check, ip_delta);
	return true;
}

#endif
