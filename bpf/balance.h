/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which member a new session goes to. User space computes the wheels; here is one look-up, but for least connections, which
 * compares live counters.
 */
#ifndef SLUICE_BALANCE_H
#define SLUICE_BALANCE_H

#include "hash.h"
#include "loop.h"
#include "packet.h"

inline_always __u32 wheel__target(__u32 entry)
{
	__u32 index = entry / WHEEL_CELL_TARGETS;
	struct wheel_cell *cell = bpf_map_lookup_elem(&wheel, &index);

	return cell ? cell->target[entry & (WHEEL_CELL_TARGETS - 1)] : 0;
}

/* Next position of the listener's round robin; all CPUs share it, so a full cycle is exact. */
inline_always __u32 wheel__advance(const struct service *service, __u64 step)
{
	__u32 index = service->account;
	struct account *account = bpf_map_lookup_elem(&accounts, &index);

	return account ? __sync_fetch_and_add(&account->next, step) % service->wheel_length : 0;
}

struct least_search {
	__u32 base;
	__u32 length;
	__u32 position;
	__u32 best;
	__u64 best_active; /* connections the best candidate would have, and its weight */
	__u64 best_weight;
};

static long least__compare(__u32 step, void *context)
{
	struct least_search *search = context;
	__u32 id, index, position = search->position + step;
	struct target *target;
	struct member *member;
	__u64 active;

	if (step >= search->length)
		return 1;
	if (position >= search->length)
		position -= search->length;
	id = wheel__target(search->base + position);
	index = id;
	target = bpf_map_lookup_elem(&targets, &index);
	if (!target)
		return 0;
	index = target->member;
	member = bpf_map_lookup_elem(&members, &index);
	if (!member)
		return 0;
	active = (__u64)member->active + 1;
	/* a/w < b/v without division */
	if (!search->best_weight || active * search->best_weight < search->best_active * target->weight) {
		search->best = id;
		search->best_active = active;
		search->best_weight = target->weight;
	}
	return 0;
}

/*
 * Lowest (active + 1) / weight, so that among idle members the heavier ones come first. Starts one further each time: equals take
 * turns, and where a listener has more members than LEAST_CONNECTIONS_SCAN all get looked at in turn.
 */
static __attribute__((noinline)) __u32 balance__least_connections(const struct service *service)
{
	struct least_search search = {.base = service->wheel_base, .length = service->wheel_length};

	if (!search.length)
		return 0;
	search.position = wheel__advance(service, search.length > LEAST_CONNECTIONS_SCAN ? LEAST_CONNECTIONS_SCAN : 1);
	search.best_active = search.best_weight = loop__zero(service->listener);
	bpf_loop(LEAST_CONNECTIONS_SCAN, least__compare, &search, 0);
	return search.best;
}

inline_always __u32 balance__algorithm(const struct service *service, const struct flow4 *flow)
{
	__u32 position, port = 0;

	switch (service->algorithm) {
	case ALGORITHM_LEAST_CONNECTIONS:
		return balance__least_connections(service);
	case ALGORITHM_SOURCE_PORT_HASH:
		port = flow->sport;
		/* fallthrough */
	case ALGORITHM_SOURCE_HASH:
		position = hash__words(flow->saddr, port, 0, service->hash_seed) % service->wheel_length;
		break;
	default:
		position = wheel__advance(service, 1);
	}
	return wheel__target(service->wheel_base + position);
}

/* The member this client was given before, while that takes new sessions and its time has not run out. */
inline_always bool balance__sticky(const struct service *service, const struct sticky_key *key, __u32 now, __u32 *id)
{
	struct sticky *sticky = bpf_map_lookup_elem(&stickies, key);
	struct target *target;

	if (!sticky || now - sticky->seen > ticks__of_seconds(service->sticky_timeout))
		return false;
	*id = sticky->target;
	target = bpf_map_lookup_elem(&targets, id);
	if (!target || !(target->flags & TARGET_USABLE) || target->listener != service->listener)
		return false;
	sticky->seen = now;
	return true;
}

/* Target id for a new session; the service has a wheel. */
inline_always __u32 balance__choose(const struct service *service, const struct packet *packet)
{
	struct sticky_key key __attribute__((aligned(8))) = {.listener = service->listener};
	struct sticky sticky = {.seen = packet->now};

	if (!service->sticky_timeout)
		return balance__algorithm(service, &packet->flow);
	address__map4(key.address, packet->flow.saddr);
	if (balance__sticky(service, &key, packet->now, &sticky.target))
		return sticky.target;
	sticky.target = balance__algorithm(service, &packet->flow);
	bpf_map_update_elem(&stickies, &key, &sticky, BPF_ANY);
	return sticky.target;
}

#endif
