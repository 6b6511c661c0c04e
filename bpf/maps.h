/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every map of the gateway. All but `routes` are pinned, so that they outlive the daemon; sizes marked "set at load" come from the host
 * file, the others are limits of this release and stand in ARCHITECTURE.md.
 */
#ifndef SLUICE_MAPS_H
#define SLUICE_MAPS_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include "types.h"

/* Both directions of every IPv4 session. Preallocated and never evicting: a full table refuses, it forgets nobody. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * 65536); /* set at load: 2 * gateway.sessions */
	__type(key, struct flow4);
	__type(value, struct session4);
} sessions4 SEC(".maps");

/* VIP:port -> listener. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct service_key);
	__type(value, struct service);
} services SEC(".maps");

/* The wheels of all listeners, as ranges of one array that user space writes through mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct wheel_cell);
} wheel SEC(".maps");

/* Members as listeners see them, by target id. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct target);
} targets SEC(".maps");

/* Live counters of pool members. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct member);
} members SEC(".maps");

/* What listeners, and load balancers from BALANCER_BASE on, may use. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * BALANCER_BASE);
	__type(key, __u32);
	__type(value, struct budget);
} budgets SEC(".maps");

/* What they use. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * BALANCER_BASE);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct account);
} accounts SEC(".maps");

/* What single clients use of them, a sketch: CLIENT_ROWS rows of CLIENT_CELLS. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CLIENT_ROWS *CLIENT_CELLS);
	__type(key, __u32);
	__type(value, struct client_cell);
} client_cells SEC(".maps");

/*
 * Access lists by index: tries of blocks, made and filled by user space before a listener refers to them and never changed
 * afterwards. The name of each is a hash of its blocks.
 */
struct access_list {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1); /* as many as the list has */
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(key_size, sizeof(struct access_key));
	__uint(value_size, sizeof(__u32));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__array(values, struct access_list);
} access_lists SEC(".maps");

/* Source-IP stickiness. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 262144);
	__type(key, struct sticky_key);
	__type(value, struct sticky);
} stickies SEC(".maps");

/* VIPs and local addresses. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct address_key);
	__type(value, struct address);
} addresses SEC(".maps");

/* Local addresses that leases are taken from, by index. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct local);
} locals SEC(".maps");

/* Interfaces the gateway runs on, by ifindex. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct device);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

/* One bit for every lease taken, see lease.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16384); /* set at load: settings.lease_mask + 1 */
	__type(key, __u32);
	__type(value, __u64);
} lease_words SEC(".maps");

/* Packets by outcome. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, OUTCOME_MAX);
	__type(key, __u32);
	__type(value, __u64);
} outcomes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EVENT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 65536); /* as targets */
	__type(key, __u32);
	__type(value, struct target_stats);
} target_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BALANCER_BASE);
	__type(key, __u32);
	__type(value, struct listener_stats);
} listener_stats SEC(".maps");

/* Next hops found a moment ago, at hashed places, of each CPU its own; see route.h. Not pinned: a new program asks anew. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, ROUTES);
	__type(key, __u32);
	__type(value, struct route);
} routes SEC(".maps");

/* What the listing iterator looks for. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct session_filter);
} session_filters SEC(".maps");

#define inline_always static inline __attribute__((always_inline))

inline_always __u32 ticks(void)
{
	return (__u32)(bpf_ktime_get_coarse_ns() >> TICK_SHIFT);
}

/* Seconds -> ticks, rounded up, so that nothing expires early. */
inline_always __u32 ticks__of_seconds(__u32 seconds)
{
	return (__u32)(((__u64)seconds * 1000000000 + (1 << TICK_SHIFT) - 1) >> TICK_SHIFT);
}

inline_always struct settings *settings__get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&settings, &zero);
}

inline_always void event__count(enum event event)
{
	__u32 index = event;
	__u64 *count = bpf_map_lookup_elem(&events, &index);

	if (count)
		*count += 1;
}

inline_always void outcome__count(enum outcome outcome)
{
	__u32 index = outcome;
	__u64 *count = bpf_map_lookup_elem(&outcomes, &index);

	if (count)
		*count += 1;
}

#endif
