/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames of traffic.bpf.c: what they consist of, their headers and checksums. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define inline_always static inline __attribute__((always_inline))

enum traffic_limits {
	FIRST_PORT = 1024,
	PORTS = 64000, /* of an address that may be used */
	PORT_STRIDE = 40503, /* coprime to PORTS */
	FLOWS_PER_ADDRESS = 256,
	UDP_FRAME = 60, /* an Ethernet frame of the smallest size, checksum not counted */
	HEADERS = sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct tcphdr), /* without options */
	SYN_OPTIONS = 20, /* MSS, SACK permitted, timestamps, NOP, window scale: as Linux sends them */
	OPTIONS = 12, /* NOP, NOP, timestamps: on every other segment */
	PAYLOAD = 64, /* of request and response */
	SYN_FRAME = HEADERS + SYN_OPTIONS,
	EMPTY_FRAME = HEADERS + OPTIONS,
	FULL_FRAME = EMPTY_FRAME + PAYLOAD,
	SYN_WORDS = (sizeof(struct tcphdr) + SYN_OPTIONS) / 4,
	EMPTY_WORDS = (sizeof(struct tcphdr) + OPTIONS) / 4,
	WINDOW = 64240,
	TTL = 64,
};

enum tcp_flag {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	PSH = 0x08,
	ACK = 0x10,
};

/* Headers of the packet at hand, checked against its end. */
struct headers {
	struct ethhdr *eth;
	struct iphdr *ip;
	union {
		struct tcphdr *tcp;
		struct udphdr *udp;
	};
};

/* Finds the headers of a frame that holds at least `size` bytes; false: it does not. */
inline_always bool headers__find(struct headers *headers, struct xdp_md *xdp, __u32 size)
{
	void *data = (void *)(long)xdp->data;

	if (data + size > (void *)(long)xdp->data_end)
		return false;
	headers->eth = data;
	headers->ip = data + sizeof(struct ethhdr);
	headers->tcp = data + sizeof(struct ethhdr) + sizeof(struct iphdr);
	return true;
}

inline_always __u16 checksum__finish(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

inline_always __u64 checksum__sum(const void *data, __u32 words)
{
	__u64 sum = 0;

#pragma unroll
	for (__u32 i = 0; i < words; i++)
		sum += ((const __u32 *)data)[i];
	return sum;
}

inline_always void ip__finish(struct iphdr *ip, __u16 length)
{
	ip->tot_len = bpf_htons(length);
	ip->ttl = TTL;
	ip->check = 0;
	ip->check = checksum__finish(checksum__sum(ip, sizeof(*ip) / 4));
}

/* Checksum of a TCP or UDP header of `words` 32-bit words whose checksum field is 0, with a payload of zeros. */
inline_always __u16 transport__checksum(const struct iphdr *ip, const void *header, __u32 words, __u16 length)
{
	__u64 sum = (__u64)ip->saddr + ip->daddr + bpf_htons(ip->protocol) + bpf_htons(length);

	return checksum__finish(sum + checksum__sum(header, words));
}

inline_always void options__write_syn(struct tcphdr *tcp)
{
	__be32 *options = (__be32 *)(tcp + 1);

	options[0] = bpf_htonl(0x020405b4); /* MSS 1460 */
	options[1] = bpf_htonl(0x0402080a); /* SACK permitted, timestamps */
	options[2] = bpf_htonl(1);
	options[3] = 0;
	options[4] = bpf_htonl(0x01030307); /* NOP, window scale 7 */
}

inline_always void options__write(struct tcphdr *tcp)
{
	__be32 *options = (__be32 *)(tcp + 1);

	options[0] = bpf_htonl(0x0101080a); /* NOP, NOP, timestamps */
	options[1] = bpf_htonl(1);
	options[2] = bpf_htonl(1);
}

/* Everything of the TCP header but ports and options. */
inline_always void tcp__finish(struct headers *headers, __u8 flags, __u32 seq, __u32 ack, __u32 words, __u32 payload)
{
	struct tcphdr *tcp = headers->tcp;

	tcp->seq = bpf_htonl(seq);
	tcp->ack_seq = bpf_htonl(ack);
	((__be16 *)tcp)[6] = bpf_htons(words << 12 | flags);
	tcp->window = bpf_htons(WINDOW);
	tcp->check = 0;
	tcp->urg_ptr = 0;
	tcp->check = transport__checksum(headers->ip, tcp, words, words * 4 + payload);
	ip__finish(headers->ip, sizeof(struct iphdr) + words * 4 + payload);
}

/* Who talks to whom; read before a frame is resized, for the answer. */
struct talk {
	__u8 smac[6];
	__u8 dmac[6];
	__be32 saddr;
	__be32 daddr;
	__be16 sport;
	__be16 dport;
};

inline_always struct talk headers__talk(const struct headers *headers)
{
	struct talk talk = {.saddr = headers->ip->saddr,
		.daddr = headers->ip->daddr,
		.sport = headers->udp->source,
		.dport = headers->udp->dest};

	__builtin_memcpy(talk.smac, headers->eth->h_source, 6);
	__builtin_memcpy(talk.dmac, headers->eth->h_dest, 6);
	return talk;
}

/* Addresses the frame back to where `talk` came from. */
inline_always void headers__answer(struct headers *headers, const struct talk *talk)
{
	__builtin_memcpy(headers->eth->h_dest, talk->smac, 6);
	__builtin_memcpy(headers->eth->h_source, talk->dmac, 6);
	headers->ip->saddr = talk->daddr;
	headers->ip->daddr = talk->saddr;
	headers->udp->source = talk->dport;
	headers->udp->dest = talk->sport;
}

/* Gives the frame the size of an answer; 0 bytes where it grows. */
inline_always bool frame__resize(struct xdp_md *xdp, long size)
{
	long difference = (long)xdp->data_end - (long)xdp->data;

	barrier_var(difference);
	difference = size - difference;
	return !difference || !bpf_xdp_adjust_tail(xdp, (int)difference);
}

#endif
