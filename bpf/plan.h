/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * New sessions: listener, member, next hops, lease, rows. Nothing is kept of a session that one of these refuses.
 */
#ifndef SLUICE_PLAN_H
#define SLUICE_PLAN_H

#include "balance.h"
#include "options.h"
#include "route.h"
#include "session.h"

inline_always struct service *service__find(__be32 vip, __be16 port, __u8 protocol)
{
	struct service_key key __attribute__((aligned(8))) = {.port = port, .protocol = protocol};

	address__map4(key.address, vip);
	return bpf_map_lookup_elem(&services, &key);
}

inline_always bool packet__opens_session(const struct packet *packet)
{
	__u8 flags = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN;

	return !packet__is_tcp(packet) || (packet->tcp_flags & flags) == TCP_SYN;
}

inline_always void listener__count(const struct service *service, bool refused)
{
	__u32 index = service->listener;
	struct listener_stats *stats = bpf_map_lookup_elem(&listener_stats, &index);

	if (!stats)
		return;
	if (refused)
		stats->refused++;
	else
		stats->dropped++;
}

inline_always void target__count_session(__u32 id)
{
	struct target_stats *stats = bpf_map_lookup_elem(&target_stats, &id);

	if (stats)
		stats->sessions++;
}

inline_always void target__add_active(const struct target *target)
{
	__u32 index = target->member;
	struct member *member = bpf_map_lookup_elem(&members, &index);

	if (member)
		__sync_fetch_and_add(&member->active, 1);
}

/* What the first client packet leaves in the forward row's state. */
inline_always __u32 plan__state(const struct service *service, bool tcp)
{
	return session__pack_idle(service->idle_timeout) | (tcp && (service->flags & SERVICE_TOA) ? SESSION_TOA : 0);
}

/* An id without active sessions is given to other members: without this a removed member would get connections again. */
inline_always bool target__is_of(const struct target *target, const struct session4 *forward)
{
	return target->port == forward->dport && address__unmap4(target->address) == forward->daddr;
}

/* A closed session's own client comes again from the same port: same member, same lease, everything else as new. */
inline_always bool plan__reopen(
	struct packet *packet, const struct service *service, struct session4 *forward, struct session4 *reverse)
{
	__u32 id = forward->target;
	struct target *target = bpf_map_lookup_elem(&targets, &id);

	if (!target || !(target->flags & TARGET_USABLE) || target->listener != service->listener ||
		!target__is_of(target, forward))
		return false;
	/* CLOSED goes away once: the packet that takes it away opens the session. */
	if (!(__sync_fetch_and_and(&forward->state, ~SESSION_CLOSED) & SESSION_CLOSED))
		return true;
	target__add_active(target);
	target__count_session(id);
	forward->state = plan__state(service, true) | (forward->state & (SESSION_ROUTED | SESSION_UNLEASED));
	reverse->state = session__reverse_state(service->mss) | (reverse->state & SESSION_ROUTED);
	forward->ack = reverse->ack = forward->toa_ack = 0;
	reverse->created = packet->now;
	forward->packets = reverse->packets = 0;
	forward->bytes = reverse->bytes = 0;
	event__count(EVENT_SESSION_REOPENED);
	return true;
}

/* Fills both rows for a member and a lease; the ways in both directions are asked for here, before anything is inserted. */
inline_always bool plan__rows(struct packet *packet, const struct target *target, const struct lease *lease,
	struct session4 *forward, struct session4 *reverse)
{
	forward->saddr = lease->local;
	forward->sport = lease->port;
	forward->daddr = address__unmap4(target->address);
	forward->dport = target->port;
	reverse->saddr = packet->flow.daddr;
	reverse->sport = packet->flow.dport;
	reverse->daddr = packet->flow.saddr;
	reverse->dport = packet->flow.sport;
	reverse->state = session__reverse_state(packet->mss_limit);
	forward->seen = reverse->seen = reverse->created = packet->now;
	return route__find(packet, forward) && route__find(packet, reverse);
}

/* Leases and inserts; on failure nothing is left behind. */
inline_always enum outcome plan__commit(
	struct packet *packet, const struct target *target, struct session4 *forward, struct session4 *reverse)
{
	enum created created;
	struct lease lease;

	if (!lease__take(target, &lease))
		return OUTCOME_DROP_LEASES_EXHAUSTED;
	if (!plan__rows(packet, target, &lease, forward, reverse)) {
		lease__return(forward->saddr, forward->sport, forward->daddr, forward->dport, packet->flow.protocol);
		return OUTCOME_DROP_NO_ROUTE;
	}
	/* Before the row exists: once it does, the reaper may end it and take the count down. */
	target__add_active(target);
	created = session__insert(&packet->flow, forward, reverse);
	if (created == CREATED) {
		target__count_session(forward->target);
		event__count(EVENT_SESSION_CREATED);
		return OUTCOME_FORWARD;
	}
	session__close(forward);
	lease__return(forward->saddr, forward->sport, forward->daddr, forward->dport, packet->flow.protocol);
	return created == CREATED_FULL ? OUTCOME_DROP_SESSIONS_FULL : OUTCOME_DROP_RACE;
}

/*
 * Makes the session of a first packet. OUTCOME_FORWARD: it is in the table. Everything else is final.
 */
static __attribute__((noinline)) enum outcome plan__session(struct packet *packet)
{
	struct session4 forward = {}, reverse = {};
	const struct settings *settings = settings__get();
	struct service *service = service__find(packet->flow.daddr, packet->flow.dport, packet->flow.protocol);
	struct address *address;
	enum outcome outcome;
	struct target *target;

	if (!service) {
		address = address__find4(packet->flow.daddr);
		if (!address || !(address->flags & ADDRESS_LOCAL))
			return OUTCOME_PASS_NOT_OURS;
		return packet__is_tcp(packet) ? OUTCOME_REFUSED_NO_SESSION : OUTCOME_DROP_NO_SESSION;
	}
	if (service->flags & SERVICE_PASS)
		return OUTCOME_PASS_PROXY;
	if (!packet__opens_session(packet))
		return OUTCOME_REFUSED_NO_SESSION;
	if (!service->wheel_length) {
		listener__count(service, true);
		return OUTCOME_REFUSED_NO_MEMBER;
	}
	if (packet->ttl <= 1)
		return OUTCOME_DROP_TTL;
	forward.target = reverse.target = balance__choose(service, packet);
	target = bpf_map_lookup_elem(&targets, &forward.target);
	if (!target)
		return OUTCOME_REFUSED_NO_MEMBER;
	packet->mss_limit = service->mss;
	forward.state = plan__state(service, packet__is_tcp(packet));
	if (!settings || !settings->local_count)
		outcome = OUTCOME_DROP_NO_LOCAL_ADDRESS;
	else
		outcome = plan__commit(packet, target, &forward, &reverse);
	if (outcome != OUTCOME_FORWARD)
		listener__count(service, false);
	return outcome;
}

#endif
