/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leases: which local address and port a session speaks from towards its member.
 *
 * (local address, port) must be unique for each member:port, not globally, so every pair (member:port, local address) has its own
 * window of 64,512 ports. The windows lie at hashed places of one shared array of 64-bit words, one bit a port, 16 bits for every
 * session the table can hold. Two windows that overlap only make each other's bits look taken; since the array is at
 * least 15/16 free, a search looks at one or two words whether a member has used 1 % or 95 % of its leases.
 *
 * A search starts where the last one for this member stopped, one word further, and one bit further after each turn: a lease is
 * taken again only after all others had theirs, the longest quarantine the window allows.
 */
#ifndef SLUICE_LEASE_H
#define SLUICE_LEASE_H

#include "hash.h"
#include "packet.h"

struct lease {
	__be32 local;
	__be16 port;
};

/* First word of the window of (member:port, local address). */
inline_always __u32 lease__window(__be32 member, __be16 port, __u8 protocol, __be32 local, __u32 hash_key)
{
	return hash__words(member, local, ((__u32)port << 16) | protocol, hash_key);
}

inline_always __u64 *lease__word(__u32 window, __u32 word, const struct settings *settings)
{
	__u32 index = (window + word) & settings->lease_mask;

	return bpf_map_lookup_elem(&lease_words, &index);
}

struct lease_search {
	const struct settings *settings;
	struct lease lease;
	__be32 member;
	__be16 port;
	__u8 protocol;
	bool found;
	__u32 words; /* of all windows of this member */
	__u32 position; /* word where the search starts */
	__u32 turn; /* bit where it starts */
};

static long lease__try(__u32 step, void *context)
{
	struct lease_search *search = context;
	const struct settings *settings = settings__get();
	__u32 position, index, word, bit;
	struct local *local;
	__be32 address;
	__u64 *taken, free;

	if (!settings || !settings->local_count)
		return 1;
	position = search->position + step;
	if (position >= search->words)
		position -= search->words;
	index = position % settings->local_count;
	word = position / settings->local_count;
	local = bpf_map_lookup_elem(&locals, &index);
	if (!local)
		return 1;
	address = address__unmap4(local->address);
	taken = lease__word(lease__window(search->member, search->port, search->protocol, address, settings->hash_key),
		word, settings);
	if (!taken)
		return 1;
	free = ~*taken;
	if (!free)
		return 0;
	free = free >> search->turn | free << ((64 - search->turn) & 63);
	bit = (__builtin_ctzll(free) + search->turn) & 63;
	if (__sync_fetch_and_or(taken, 1ULL << bit) & (1ULL << bit))
		return 0;
	search->lease.local = address;
	search->lease.port = bpf_htons(LEASE_FIRST_PORT + word * 64 + bit);
	search->found = true;
	return 1;
}

/* Takes a lease towards a member; false when LEASE_TRIES words had nothing free. */
static __attribute__((noinline)) bool lease__take(const struct target *target, struct lease *lease)
{
	const struct settings *settings = settings__get();
	struct lease_search search = {};
	struct member *member;
	__u32 index = target->member, count;
	long looked_at;

	member = bpf_map_lookup_elem(&members, &index);
	if (!settings || !member)
		return false;
	search.member = address__unmap4(target->address);
	search.port = target->port;
	search.protocol = target->protocol;
	search.words = settings->local_count * LEASE_WORDS_PER_LOCAL;
	if (!search.words)
		return false;
	count = __sync_fetch_and_add(&member->leases, 1);
	search.position = count % search.words;
	search.turn = count / search.words & 63;
	looked_at = bpf_loop(LEASE_TRIES, lease__try, &search, 0);
	/* Where hardly any lease is free, a start that moves on more slowly than leases are found would soon see none. */
	if (looked_at > 1)
		__sync_fetch_and_add(&member->leases, (__u32)looked_at - 1);
	*lease = search.lease;
	return search.found;
}

/* Gives a lease back; the flow is the one from local address to member. */
inline_always void lease__return(__be32 local, __be16 local_port, __be32 member, __be16 member_port, __u8 protocol)
{
	const struct settings *settings = settings__get();
	__u32 offset = bpf_ntohs(local_port) - LEASE_FIRST_PORT;
	__u64 *taken;

	if (!settings || offset >= LEASE_PORTS)
		return;
	taken = lease__word(
		lease__window(member, member_port, protocol, local, settings->hash_key), offset / 64, settings);
	if (taken)
		__sync_fetch_and_and(taken, ~(1ULL << (offset & 63)));
}

#endif
