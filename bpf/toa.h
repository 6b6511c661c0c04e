/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TOA: the client's address and port as the first TCP option of what a client sends until member data is acknowledged.
 */
#ifndef SLUICE_TOA_H
#define SLUICE_TOA_H

#include "options.h"
#include "session.h"

/* Ethernet, IP and fixed TCP header: what moves to make room. */
#define TOA_HEADERS (sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct tcphdr))
#define TOA_WORDS (TOA_LENGTH / 4)
#define MTU_LEAST                                                                                                      \
	576 /* every IPv4 host takes packets of this size (RFC 791): most that carry TOA are smaller, and need not ask */

struct toa_option {
	__u8 kind;
	__u8 length;
	__be16 port;
	__be32 address;
};

/* The packet may grow by `bytes` on the way to its next hop. */
inline_always bool toa__fits(const struct packet *packet, const struct session4 *session, int bytes)
{
	__u32 mtu = 0;

	return !(session->state & SESSION_ROUTED) || bytes <= 0 || packet->length + bytes <= MTU_LEAST ||
	       !bpf_check_mtu(packet->xdp, session->ifindex, &mtu, bytes, 0);
}

struct pruning {
	__u8 from[OPTIONS_MASK + 1];
	__u8 to[OPTIONS_MASK + 1];
	__u32 length;
	__u32 cursor;
	__u32 copy; /* bytes of a kept option still to be copied */
	__u32 kept;
	bool drop_sack;
};

static long toa__prune_step(__u32 step __attribute__((unused)), void *context)
{
	struct pruning *pruning = context;
	__u32 cursor = pruning->cursor, length;
	__u8 kind;

	if (cursor >= pruning->length)
		return 1;
	kind = pruning->from[cursor & OPTIONS_MASK];
	if (pruning->copy) {
		pruning->to[pruning->kept & OPTIONS_MASK] = kind;
		pruning->kept++;
		pruning->copy--;
		pruning->cursor++;
		return 0;
	}
	if (kind == TCP_OPTION_END)
		return 1;
	if (kind == TCP_OPTION_NOP) {
		pruning->cursor++;
		return 0;
	}
	length = pruning->from[(cursor + 1) & OPTIONS_MASK];
	if (length < 2 || cursor + length > pruning->length)
		return 1;
	if (kind == TCP_OPTION_SACK && pruning->drop_sack)
		pruning->cursor += length; /* advice that the next packet repeats */
	else
		pruning->copy = length;
	return 0;
}

/* The header with TOA and `pruning->to` as its options, ready to be written once the head has moved. */
struct toa_header {
	__u16 pad; /* so that IP and TCP headers are aligned */
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;
	struct toa_option toa;
	__u8 options[OPTIONS_MAX - TOA_LENGTH];
};

/* Checksums and lengths of a header whose TCP part grows by `words` and whose options' sum changes by `options_delta`. */
inline_always void toa__account(struct iphdr *ip, struct tcphdr *tcp, int words, __u64 options_delta)
{
	__be16 *offset = (__be16 *)tcp + 6; /* data offset, flags */
	__be16 old_offset = *offset, old_length = ip->tot_len;
	__u64 delta;

	*offset = bpf_htons(bpf_ntohs(old_offset) + (words << 12));
	ip->tot_len = bpf_htons(bpf_ntohs(old_length) + words * 4);
	delta = checksum__change16(old_length, ip->tot_len);
	ip->check = checksum__apply(ip->check, checksum__fold(delta));
	delta += checksum__change16(old_offset, *offset) + options_delta;
	tcp->check = checksum__apply(tcp->check, checksum__fold(delta));
}

inline_always __u64 toa__sum(const struct toa_option *toa)
{
	return (__u64)(*(const __u16 *)toa) + toa->port + toa->address;
}

/* Words that the header grows by, once TOA stands in front of what is kept. */
inline_always int toa__growth(const struct pruning *pruning)
{
	return (int)((pruning->kept + 3) / 4) + TOA_WORDS - (int)(pruning->length / 4);
}

/* Fills pruning->to; true where what is kept leaves room for TOA, in the header and on the way to the next hop. */
inline_always bool toa__prune(
	const struct packet *packet, const struct session4 *session, struct pruning *pruning, bool drop_sack)
{
	__builtin_memset(pruning->to, 0, sizeof(pruning->to));
	pruning->cursor = pruning->copy = pruning->kept = loop__zero(packet->seq);
	pruning->drop_sack = drop_sack;
	bpf_loop(2 * OPTIONS_MAX, toa__prune_step, pruning, 0);
	return pruning->kept <= OPTIONS_MAX - TOA_LENGTH && toa__fits(packet, session, toa__growth(pruning) * 4);
}

/*
 * The TCP header is too full: writes it anew without NOPs, and where that is not enough without SACK blocks. Timestamps stay (PAWS
 * would suffer), so does what we do not know. Counts and leaves the packet as it is where there is no room even so.
 */
static __attribute__((noinline)) void toa__insert_pruned(struct packet *packet, const struct session4 *session)
{
	struct pruning pruning = {};
	struct toa_header header = {};
	__u64 before, after;
	__u32 size;
	int words;

	size = options__length(packet);
	if (size < 4 || size > OPTIONS_MAX || bpf_xdp_load_bytes(packet->xdp, TOA_HEADERS, pruning.from, size))
		return;
	pruning.length = size;
	if (!toa__prune(packet, session, &pruning, false) && !toa__prune(packet, session, &pruning, true)) {
		event__count(EVENT_TOA_NO_ROOM);
		return;
	}
	if (bpf_xdp_load_bytes(packet->xdp, 0, &header.eth, TOA_HEADERS))
		return;
	header.toa = (struct toa_option){OPTION_TOA, TOA_LENGTH, packet->flow.sport, packet->flow.saddr};
	__builtin_memcpy(header.options, pruning.to, sizeof(header.options));
	before = options__sum(pruning.from);
	after = options__sum(pruning.to) + toa__sum(&header.toa);
	words = toa__growth(&pruning);
	toa__account(&header.ip, &header.tcp, words, (__u64)(__u16)~checksum__fold(before) + after);
	if (bpf_xdp_adjust_head(packet->xdp, -words * 4)) {
		event__count(EVENT_TOA_NO_ROOM);
		return;
	}
	size = TOA_HEADERS + TOA_LENGTH + ((pruning.kept + 3) & ~3);
	if (size > sizeof(header) - sizeof(header.pad))
		return;
	bpf_xdp_store_bytes(packet->xdp, 0, &header.eth, size);
	event__count(EVENT_TOA_PRUNED);
	event__count(EVENT_TOA_INSERTED);
}

/* Inserts the option: the headers move, not the payload. Packet pointers taken before are invalid afterwards. */
static __attribute__((noinline)) void toa__insert(struct packet *packet, const struct session4 *session)
{
	struct toa_option *toa;
	struct iphdr *ip;
	void *data;

	if (packet->tcp_words + TOA_WORDS > 15) {
		toa__insert_pruned(packet, session);
		return;
	}
	if (!toa__fits(packet, session, TOA_LENGTH) || bpf_xdp_adjust_head(packet->xdp, -TOA_LENGTH)) {
		event__count(EVENT_TOA_NO_ROOM);
		return;
	}
	data = packet__data(packet);
	if (data + TOA_HEADERS + TOA_LENGTH > packet__end(packet))
		return;
	/* Ascending, so that each part is read before it is overwritten: 54 bytes, 8 forward. */
	for (__u32 at = 0; at < TOA_HEADERS / 8 * 8; at += 8)
		*(__u64 *)(data + at) = *(__u64 *)(data + at + TOA_LENGTH);
	*(__u32 *)(data + 48) = *(__u32 *)(data + 48 + TOA_LENGTH);
	*(__u16 *)(data + 52) = *(__u16 *)(data + 52 + TOA_LENGTH);
	toa = data + TOA_HEADERS;
	*toa = (struct toa_option){OPTION_TOA, TOA_LENGTH, packet->flow.sport, packet->flow.saddr};
	ip = data + sizeof(struct ethhdr);
	toa__account(ip, (void *)(ip + 1), TOA_WORDS, toa__sum(toa));
	event__count(EVENT_TOA_INSERTED);
}

#endif
