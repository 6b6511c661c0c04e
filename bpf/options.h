/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP options: what a client must not send is made harmless, the MSS makes room for TOA.
 *
 * Options are edited in a copy on the stack, one byte or one option a step: bpf_loop verifies one step, where a loop over packet
 * bytes would exceed the verifier's budget.
 */
#ifndef SLUICE_OPTIONS_H
#define SLUICE_OPTIONS_H

#include "checksum.h"
#include "loop.h"
#include "packet.h"

#define OPTIONS_MAX 40
#define OPTIONS_MASK 63 /* of the buffer: a power of two the verifier can see */
#define OPTIONS_OFFSET (sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct tcphdr))

enum tcp_option {
	TCP_OPTION_END = 0,
	TCP_OPTION_NOP = 1,
	TCP_OPTION_MSS = 2,
	TCP_OPTION_SACK = 5,
	TCP_OPTION_FASTOPEN = 34,
};

#define NOP_NOP_TIMESTAMP bpf_htonl(0x0101080a)
#define SACK_PERMITTED_TIMESTAMP bpf_htonl(0x0402080a)
#define NOP_WINDOW_SCALE bpf_htonl(0x01030300) /* the last byte is the shift */

struct options {
	__u8 bytes[OPTIONS_MASK + 1];
	__u32 length;
	__u32 cursor;
	__u32 erase; /* bytes still to be overwritten by NOPs */
	__u16 mss_limit; /* 0: leave the MSS alone */
	__u16 mss_reduce; /* taken off what the limit leaves */
	bool syn;
	bool erase_toa; /* a client's packet: nobody but the gateway may say who the client is */
	bool erase_fastopen;
	bool stripped;
	bool clamped;
};

/*
 * Bytes of options of the packet, 4 to 40; 0: none. In this form verifiers see that what is not 0 is 4 at least: up to Linux 6.1 they
 * learn nothing from a comparison with zero, and refuse a size that might be.
 */
inline_always __u32 options__length(const struct packet *packet)
{
	__u32 words = packet->tcp_words, length;

	if (words < 6)
		return 0;
	words -= 6;
	barrier_var(words);
	length = (words & 15) * 4 + 4;
	return length;
}

/* Copies the options of the packet; false where there are none. */
inline_always bool options__load(const struct packet *packet, struct options *options)
{
	__u32 length = options__length(packet);

	if (length < 4 || length > OPTIONS_MAX)
		return false;
	options->length = length;
	return !bpf_xdp_load_bytes(packet->xdp, OPTIONS_OFFSET, options->bytes, length);
}

/* Unfolded sum of an options buffer, which is zero beyond its length. */
inline_always __u64 options__sum(const __u8 *bytes)
{
	return (__u32)bpf_csum_diff(NULL, 0, (__be32 *)bytes, OPTIONS_MAX, 0);
}

/* The MSS that may be announced instead of `mss`. */
inline_always __u16 options__allowed_mss(const struct options *options, __u16 mss)
{
	if (options->mss_limit && mss > options->mss_limit)
		mss = options->mss_limit;
	if (mss > options->mss_reduce + 64)
		mss -= options->mss_reduce;
	return mss;
}

inline_always void options__limit_mss(struct options *options)
{
	__u8 *high = &options->bytes[(options->cursor + 2) & OPTIONS_MASK];
	__u8 *low = &options->bytes[(options->cursor + 3) & OPTIONS_MASK];
	__u16 mss = *high << 8 | *low, new = options__allowed_mss(options, mss);

	if (new == mss)
		return;
	*high = new >> 8;
	*low = new & 0xff;
	options->clamped = true;
}

inline_always bool options__is_claim(const struct options *options, __u8 kind)
{
	if (kind == OPTION_TOA || kind == OPTION_TOA_ALTERNATE)
		return options->erase_toa;
	return kind == TCP_OPTION_FASTOPEN && options->erase_fastopen;
}

static long options__step(__u32 step __attribute__((unused)), void *context)
{
	struct options *options = context;
	__u32 cursor = options->cursor, length;
	__u8 kind;

	if (cursor >= options->length)
		return 1;
	if (options->erase) {
		options->bytes[cursor & OPTIONS_MASK] = TCP_OPTION_NOP;
		options->erase--;
		options->cursor++;
		return 0;
	}
	kind = options->bytes[cursor & OPTIONS_MASK];
	if (kind == TCP_OPTION_END)
		return 1;
	if (kind == TCP_OPTION_NOP) {
		options->cursor++;
		return 0;
	}
	length = options->bytes[(cursor + 1) & OPTIONS_MASK];
	if (length < 2 || cursor + length > options->length)
		return 1; /* receivers stop here as well */
	if (options__is_claim(options, kind)) {
		options->erase = length;
		options->stripped = true;
		return 0;
	}
	if (kind == TCP_OPTION_MSS && length == 4 && options->syn)
		options__limit_mss(options);
	options->cursor += length;
	return 0;
}

/* Edits the options of the packet as `options` says; its settings are filled in, the rest is zero. */
inline_always void options__edit(struct packet *packet, struct options *options)
{
	__u64 before, after;
	struct tcphdr *tcp;
	__u32 length;

	if (!options__load(packet, options))
		return;
	before = options__sum(options->bytes);
	options->cursor = options->erase = loop__zero(packet->seq);
	bpf_loop(2 * OPTIONS_MAX, options__step, options, 0);
	if (!options->stripped && !options->clamped)
		return;
	after = options__sum(options->bytes);
	length = options__length(packet); /* again: verifiers lost sight of options->length in the loop */
	if (length < 4 || length > OPTIONS_MAX)
		return;
	if (bpf_xdp_store_bytes(packet->xdp, OPTIONS_OFFSET, options->bytes, length))
		return;
	tcp = packet__data(packet) + sizeof(struct ethhdr) + sizeof(struct iphdr);
	if ((void *)(tcp + 1) > packet__end(packet))
		return;
	tcp->check = checksum__apply(tcp->check, checksum__fold((__u16)~checksum__fold(before) + after));
	if (options->stripped)
		event__count(EVENT_TOA_STRIPPED);
	if (options->clamped)
		event__count(EVENT_MSS_CLAMPED);
}

/*
 * The options that Linux sends with SYN and SYN-ACK: MSS, SACK permitted, timestamps, NOP, window scale. There is nothing to strip, and
 * the MSS is in a known place. False: another layout, to be walked.
 */
inline_always bool options__edit_common_handshake(struct packet *packet, const struct options *settings)
{
	struct tcphdr *tcp = packet__data(packet) + sizeof(struct ethhdr) + sizeof(struct iphdr);
	__be32 *options = (__be32 *)(tcp + 1);
	__be16 *kind = (__be16 *)options, *mss = kind + 1;
	__u16 old, new;

	if (packet->tcp_words != 10 || (void *)(options + 5) > packet__end(packet))
		return false;
	if (*kind != bpf_htons(TCP_OPTION_MSS << 8 | 4) || options[1] != SACK_PERMITTED_TIMESTAMP ||
		(options[4] & bpf_htonl(0xffffff00)) != NOP_WINDOW_SCALE)
		return false;
	old = bpf_ntohs(*mss);
	new = options__allowed_mss(settings, old);
	if (new == old)
		return true;
	tcp->check = checksum__apply(tcp->check, checksum__fold(checksum__change16(*mss, bpf_htons(new))));
	*mss = bpf_htons(new);
	event__count(EVENT_MSS_CLAMPED);
	return true;
}

/*
 * The options of a client's packet are one of the layouts that every packet of a connection has: none, or NOP NOP timestamps.
 * Then there is nothing to strip, and no need to walk.
 */
inline_always bool options__are_common(const struct packet *packet)
{
	__be32 *options = packet__data(packet) + OPTIONS_OFFSET;

	if (packet->tcp_words == 5)
		return true;
	return packet->tcp_words == 8 && (void *)(options + 1) <= packet__end(packet) && *options == NOP_NOP_TIMESTAMP;
}

/* A client's packet beyond its SYN. */
static __attribute__((noinline)) void options__strip(struct packet *packet)
{
	struct options options = {.erase_toa = true};

	options__edit(packet, &options);
}

#endif
