/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * New sessions: listener, member, next hops, lease, rows. Nothing is kept of a session that one of these refuses.
 */
#ifndef SLUICE_PLAN_H
#define SLUICE_PLAN_H

#include "access.h"
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

/* Counts what a listener refused under the reason's own name. */
inline_always void listener__count(__u32 listener, enum outcome outcome)
{
	struct listener_stats *stats = bpf_map_lookup_elem(&listener_stats, &listener);

	if (!stats)
		return;
	switch (outcome) {
	case OUTCOME_REFUSED_NO_MEMBER:
		stats->refused++;
		break;
	case OUTCOME_DROP_ACL:
		stats->acl++;
		break;
	case OUTCOME_DROP_CONNECTION_LIMIT:
		stats->connection_limit++;
		break;
	case OUTCOME_DROP_RATE_LIMIT:
		stats->rate_limit++;
		break;
	case OUTCOME_DROP_FLAVOR_CONNECTIONS:
		stats->flavor_connections++;
		break;
	case OUTCOME_DROP_FLAVOR_RATE:
		stats->flavor_rate++;
		break;
	case OUTCOME_DROP_BANDWIDTH:
		stats->bandwidth++;
		break;
	default:
		stats->dropped++;
	}
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

inline_always void target__remove_active(const struct target *target)
{
	__u32 index = target->member;
	struct member *member = bpf_map_lookup_elem(&members, &index);

	if (member)
		__sync_fetch_and_add(&member->active, -1);
}

/* Bits that both rows of a listener's new session have. */
inline_always __u32 plan__metered(const struct service *service)
{
	return service->flags & SERVICE_METERED ? SESSION_METERED : 0;
}

/* What the first client packet leaves in the forward row's state. */
inline_always __u32 plan__state(const struct service *service, bool tcp)
{
	return session__pack_idle(service->idle_timeout) | plan__metered(service) |
	       (tcp && (service->flags & SERVICE_TOA) ? SESSION_TOA : 0);
}

/* An id without active sessions is given to other members: without this a removed member would get connections again. */
inline_always bool target__is_of(const struct target *target, const struct session4 *forward)
{
	return target->port == forward->dport && address__unmap4(target->address) == forward->daddr;
}

/*
 * A closed session's own client comes again from the same port: same member, same lease, everything else as new. `tallied` is what
 * the accounts have noted for it. False: its member takes no sessions any more.
 */
inline_always bool plan__reopen(
	struct packet *packet, const struct service *service, struct session4 *forward, __u32 tallied)
{
	struct session4 *reverse = session__peer(forward, IPPROTO_TCP);
	__u32 id = forward->target;
	struct target *target = bpf_map_lookup_elem(&targets, &id);

	if (!reverse || !target || !(target->flags & TARGET_USABLE) || target->listener != service->listener ||
		!target__is_of(target, forward))
		return false;
	/* CLOSED goes away once: the packet that takes it away opens the session. */
	if (!(__sync_fetch_and_and(&forward->state, ~SESSION_CLOSED) & SESSION_CLOSED)) {
		account__close(service->account, tallied, packet->flow.saddr);
		return true;
	}
	target__add_active(target);
	target__count_session(id);
	forward->account = reverse->account = service->account;
	forward->state = plan__state(service, true) | tallied | (forward->state & (SESSION_ROUTED | SESSION_UNLEASED));
	reverse->state =
		session__reverse_state(service->mss) | plan__metered(service) | (reverse->state & SESSION_ROUTED);
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
	forward->seen = reverse->seen = reverse->created = packet->now;
	return route__find(packet, forward) && route__find(packet, reverse);
}

/* Leases and inserts; on failure nothing is left behind but the accounts, which the caller settles. */
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
	target__remove_active(target);
	lease__return(forward->saddr, forward->sport, forward->daddr, forward->dport, packet->flow.protocol);
	return created == CREATED_FULL ? OUTCOME_DROP_SESSIONS_FULL : OUTCOME_DROP_RACE;
}

/* Chooses a member and makes the session, which the accounts have already. */
inline_always enum outcome plan__begin(struct packet *packet, const struct service *service, __u32 tallied)
{
	struct session4 forward = {.account = service->account}, reverse = {.account = service->account};
	const struct settings *settings = settings__get();
	struct target *target;
	__u32 id;

	if (!settings || !settings->local_count)
		return OUTCOME_DROP_NO_LOCAL_ADDRESS;
	id = balance__choose(service, packet);
	target = bpf_map_lookup_elem(&targets, &id);
	if (!target)
		return OUTCOME_REFUSED_NO_MEMBER;
	forward.target = reverse.target = id;
	forward.state = plan__state(service, packet__is_tcp(packet)) | tallied;
	reverse.state = session__reverse_state(service->mss) | plan__metered(service);
	return plan__commit(packet, target, &forward, &reverse);
}

/* The listener's say, after which a session may be made. */
inline_always enum outcome plan__admit(const struct packet *packet, const struct service *service)
{
	bool opens = packet__opens_session(packet);

	if ((opens || !(service->flags & SERVICE_PASS)) && !access__admits(service, packet->flow.saddr))
		return OUTCOME_DROP_ACL;
	if (service->flags & SERVICE_PASS)
		return OUTCOME_PASS_PROXY;
	if (!opens)
		return OUTCOME_REFUSED_NO_SESSION;
	if (!service->wheel_length)
		return OUTCOME_REFUSED_NO_MEMBER;
	return packet->ttl <= 1 ? OUTCOME_DROP_TTL : OUTCOME_FORWARD;
}

/*
 * Nobody listens there: a stranger's packet, one for a local address without a session, or one for another port of a VIP. The host
 * takes VIPs of the proxy as its own: passed on, packets for their other ports would reach whatever program listens on all of its
 * addresses. A VIP that an interface has is the host's beside, and so are the ports that no listener has.
 */
inline_always enum outcome plan__unserved(const struct packet *packet)
{
	struct address *address = address__find4(packet->flow.daddr);

	if (address && (address->flags & ADDRESS_LOCAL))
		return packet__is_tcp(packet) ? OUTCOME_REFUSED_NO_SESSION : OUTCOME_DROP_NO_SESSION;
	if (address && (address->flags & (ADDRESS_VIP | ADDRESS_ARP)) == (ADDRESS_VIP | ADDRESS_ARP))
		return OUTCOME_REFUSED_NO_LISTENER;
	return OUTCOME_PASS_NOT_OURS;
}

/* The closed session of the packet's flow gives way to what comes now. */
inline_always void plan__clear(const struct packet *packet, struct session4 *closed)
{
	if (closed && session__remove(&packet->flow, closed))
		event__count(EVENT_SESSION_ENDED_CLOSED);
}

/* The listener has admitted the packet: the session, in the accounts and in the table. */
inline_always enum outcome plan__open(struct packet *packet, const struct service *service, struct session4 *closed)
{
	__u32 tallied = 0;
	enum outcome outcome = account__open(service, packet->flow.saddr, &tallied);

	if (outcome != OUTCOME_FORWARD)
		return outcome;
	packet->mss_limit = service->mss;
	if (closed && plan__reopen(packet, service, closed, tallied))
		return OUTCOME_FORWARD;
	plan__clear(packet, closed);
	outcome = plan__begin(packet, service, tallied);
	if (outcome != OUTCOME_FORWARD)
		account__close(service->account, tallied, packet->flow.saddr);
	return outcome;
}

/*
 * Makes the session of a first packet. OUTCOME_FORWARD: it is in the table. Everything else is final.
 * @closed: the same client's closed session, which the new one takes over or replaces; or NULL
 */
static __attribute__((noinline)) enum outcome plan__session(struct packet *packet, struct session4 *closed)
{
	struct service *service = service__find(packet->flow.daddr, packet->flow.dport, packet->flow.protocol);
	enum outcome outcome;

	outcome = service ? plan__admit(packet, service) : plan__unserved(packet);
	/* What is the kernel's now must not meet the old session's translation. */
	if (!service || outcome == OUTCOME_PASS_PROXY) {
		plan__clear(packet, closed);
		return outcome;
	}
	if (outcome == OUTCOME_FORWARD)
		outcome = plan__open(packet, service, closed);
	if (outcome != OUTCOME_FORWARD && outcome != OUTCOME_REFUSED_NO_SESSION && outcome != OUTCOME_DROP_RACE)
		listener__count(service->listener, outcome);
	return outcome;
}

#endif
