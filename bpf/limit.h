/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits of listeners and of the load balancers they belong to: connections at a time, new ones per second, bandwidth.
 *
 * All CPUs share one account for each, and every answer comes from one atomic addition to it, so limits are exact over the whole gateway.
 * Connections are counted with and without a limit: one that is set later starts from the right number.
 *
 * One client cannot keep the others out: the last eighth of a limit is closed to a client that has more than half of what is used, as long
 * as others have some too or were turned away a moment ago. A client that is alone gets everything.
 */
#ifndef SLUICE_LIMIT_H
#define SLUICE_LIMIT_H

#include "hash.h"
#include "packet.h"

#define NANOSECONDS 1000000000

inline_always struct budget *budget__get(__u32 index)
{
	return bpf_map_lookup_elem(&budgets, &index);
}

inline_always struct account *account__get(__u32 index)
{
	return bpf_map_lookup_elem(&accounts, &index);
}

inline_always void account__add(__u32 index, int connections)
{
	struct account *account = account__get(index);

	if (account)
		__sync_fetch_and_add(&account->connections, connections);
}

/* A count of this second; 0 where it is of an earlier one. */
inline_always __u32 second__read(const __u64 *count, __u32 second)
{
	__u64 value = *(volatile const __u64 *)count;

	return value >> 32 == second ? (__u32)value : 0;
}

/* Adds one to a count that begins anew with each second; returns what it was. */
inline_always __u32 second__count(__u64 *count, __u32 second)
{
	__u64 before = *(volatile __u64 *)count;

	/* Whoever loses this race finds the new second as well. Never back: another CPU's clock may be read later. */
	if ((__s32)(second - (__u32)(before >> 32)) > 0)
		__sync_val_compare_and_swap(count, before, (__u64)second << 32);
	return (__u32)__sync_fetch_and_add(count, 1);
}

/* A client's cells of one budget. */
struct client {
	struct client_cell *first;
	struct client_cell *second;
};

inline_always bool client__find(struct client *client, __be32 address, __u32 budget)
{
	const struct settings *settings = settings__get();
	__u32 hash, index;

	if (!settings)
		return false;
	hash = hash__words(address, budget, 0, settings->hash_key);
	index = hash % CLIENT_CELLS;
	client->first = bpf_map_lookup_elem(&client_cells, &index);
	index = CLIENT_CELLS + hash / CLIENT_CELLS;
	client->second = bpf_map_lookup_elem(&client_cells, &index);
	return client->first && client->second;
}

inline_always __u32 least(__u32 first, __u32 second)
{
	return first < second ? first : second;
}

inline_always void client__add(__be32 address, __u32 budget, int connections)
{
	struct client client;

	if (!client__find(&client, address, budget))
		return;
	__sync_fetch_and_add(&client.first->connections, connections);
	__sync_fetch_and_add(&client.second->connections, connections);
}

/* Whether a client that has `own` of what is used may have one more. */
inline_always bool limit__allows(const struct account *account, __u32 limit, __u32 used, __u32 own, __u32 second)
{
	__u32 kept = (limit + (1 << RESERVED_SHIFT) - 1) >> RESERVED_SHIFT;

	if (used >= limit)
		return false;
	if (used < limit - kept || own <= used / 2)
		return true;
	return own >= used && second - account->turned_away > CONTENTION_SECONDS;
}

enum grant {
	GRANTED,
	GRANT_NO_CONNECTION,
	GRANT_NO_SESSION,
};

/* Asks one budget for a session; what is granted is in its account. */
static __attribute__((noinline)) enum grant grant__take(__u32 index, __be32 address)
{
	__u32 second = bpf_ktime_get_coarse_ns() / NANOSECONDS, used, own;
	struct account *account = account__get(index);
	struct budget *budget = budget__get(index);
	enum grant refused = GRANT_NO_CONNECTION;
	struct client client;

	if (!account || !budget || !client__find(&client, address, index))
		return GRANT_NO_CONNECTION;
	own = least(client.first->connections, client.second->connections);
	used = __sync_fetch_and_add(&account->connections, 1);
	if (limit__allows(account, budget->connections, used, own, second)) {
		refused = GRANT_NO_SESSION;
		own = least(
			second__read(&client.first->sessions, second), second__read(&client.second->sessions, second));
		used = second__read(&account->sessions, second);
		if (budget->sessions == UNLIMITED ||
			(limit__allows(account, budget->sessions, used, own, second) &&
				second__count(&account->sessions, second) < budget->sessions)) {
			__sync_fetch_and_add(&client.first->connections, 1);
			__sync_fetch_and_add(&client.second->connections, 1);
			second__count(&client.first->sessions, second);
			second__count(&client.second->sessions, second);
			return GRANTED;
		}
	}
	__sync_fetch_and_add(&account->connections, -1);
	if (own <= used / 2)
		account->turned_away = second;
	return refused;
}

/* Gives a session back to the accounts of its listener and load balancer; `state` is its forward row's. */
inline_always void account__close(__u32 account, __u32 state, __be32 client)
{
	struct budget *budget = budget__get(account);

	account__add(account, -1);
	if (state & SESSION_TALLIED)
		client__add(client, account, -1);
	if (!budget || !budget->balancer)
		return;
	account__add(budget->balancer, -1);
	if (state & SESSION_TALLIED_BALANCER)
		client__add(client, budget->balancer, -1);
}

/* The same with limits to keep. */
static __attribute__((noinline)) enum outcome account__ask(__u32 account, __be32 client, __u32 *state)
{
	struct budget *budget = budget__get(account);
	enum grant grant = grant__take(account, client);

	if (grant != GRANTED)
		return grant == GRANT_NO_SESSION ? OUTCOME_DROP_RATE_LIMIT : OUTCOME_DROP_CONNECTION_LIMIT;
	*state |= SESSION_TALLIED;
	if (!budget || !budget->balancer)
		return OUTCOME_FORWARD;
	grant = grant__take(budget->balancer, client);
	if (grant == GRANTED) {
		*state |= SESSION_TALLIED_BALANCER;
		return OUTCOME_FORWARD;
	}
	account__add(account, -1);
	client__add(client, account, -1);
	return grant == GRANT_NO_SESSION ? OUTCOME_DROP_FLAVOR_RATE : OUTCOME_DROP_FLAVOR_CONNECTIONS;
}

/*
 * Takes a new session into the accounts. OUTCOME_FORWARD: it is in, and `state` has the bits that tell what to give back. Everything
 * else refuses it.
 */
inline_always enum outcome account__open(const struct service *service, __be32 client, __u32 *state)
{
	__u32 account = service->account;
	struct budget *budget;

	if (service->flags & SERVICE_LIMITED)
		return account__ask(account, client, state);
	account__add(account, 1);
	budget = budget__get(account);
	if (budget && budget->balancer)
		account__add(budget->balancer, 1);
	return OUTCOME_FORWARD;
}

/* SESSION_METERED where the listener has a bandwidth peak, else 0. */
inline_always __u32 meter__state(__u32 account)
{
	struct budget *budget = budget__get(account);

	return budget && budget->byte_time ? SESSION_METERED : 0;
}

/* Follows a peak that has come or gone while the session lasts. */
inline_always void meter__refresh(struct session4 *session)
{
	__u32 metered = meter__state(session->account);

	if ((session->state & SESSION_METERED) == metered)
		return;
	if (metered)
		__sync_fetch_and_or(&session->state, SESSION_METERED);
	else
		__sync_fetch_and_and(&session->state, ~SESSION_METERED);
}

/*
 * Whether the listener's peak has room for the packet. Each direction is a line that sends one packet after the other at the peak; a
 * packet that would have to wait longer than BURST_NANOSECONDS is dropped. That is a little more than the 200 ms after which TCP
 * senders try again: with less, a single connection would lose the time of each pause and get half of the peak.
 */
static __attribute__((noinline)) bool meter__take(const struct packet *packet, const struct session4 *session)
{
	struct account *account = account__get(session->account);
	struct budget *budget = budget__get(session->account);
	__u64 now = bpf_ktime_get_coarse_ns(), time, before, *busy;

	if (!account || !budget || !budget->byte_time)
		return true;
	busy = session->state & SESSION_REVERSE ? &account->down_busy : &account->up_busy;
	before = *(volatile __u64 *)busy;
	/* An idle line starts now; whoever loses this race finds it started. */
	if (before < now)
		__sync_val_compare_and_swap(busy, before, now);
	time = (__u64)packet->length * budget->byte_time >> BYTE_TIME_SHIFT;
	if (__sync_fetch_and_add(busy, time) <= now + BURST_NANOSECONDS)
		return true;
	__sync_fetch_and_add(busy, -time);
	return false;
}

#endif
