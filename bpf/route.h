/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Next hops. A row keeps the answer of the kernel's routing table and neighbour table and asks again every 4.3 s, so that a
 * changed route, a failed-over router or a replaced NIC is followed even while no daemon runs. New sessions between the same addresses
 * share an answer that is at most 1.1 s old: without that, asking twice would be a quarter of what a new UDP session costs.
 */
#ifndef SLUICE_ROUTE_H
#define SLUICE_ROUTE_H

#include "hash.h"
#include "packet.h"

#define AF_INET 2
#define ROUTE_SHIFT 8 /* ask again when bits above this one of the tick change: every 4.3 s */
#define ROUTE_SHARED_SHIFT 6 /* the same for an answer that new sessions share: every 1.1 s */

/* The row was last used in an earlier routing period, or never had an answer. */
inline_always bool route__is_stale(const struct session4 *session, __u32 now)
{
	return !(session->state & SESSION_ROUTED) || (session->seen ^ now) >> ROUTE_SHIFT;
}

/*
 * Asks for the way to session->daddr. Returns false where there is none. True without SESSION_ROUTED: the kernel has to forward
 * (neighbour unknown, or a way that XDP cannot take).
 */
static __attribute__((noinline)) bool route__resolve(struct xdp_md *xdp, struct session4 *session)
{
	struct bpf_fib_lookup fib = {
		.family = AF_INET,
		.ipv4_src = session->saddr,
		.ipv4_dst = session->daddr,
		.ifindex = xdp->ingress_ifindex,
	};
	long answer = bpf_fib_lookup(xdp, &fib, sizeof(fib), 0);
	__u32 egress = fib.ifindex;

	if (answer == BPF_FIB_LKUP_RET_SUCCESS) {
		/* Also where XDP may not send: user space may, and does when the session expires. */
		__builtin_memcpy(session->dmac, fib.dmac, 6);
		__builtin_memcpy(session->smac, fib.smac, 6);
		session->ifindex = egress;
		if (bpf_map_lookup_elem(&devices, &egress)) {
			__sync_fetch_and_or(&session->state, SESSION_ROUTED);
			return true;
		}
	}
	__sync_fetch_and_and(&session->state, ~SESSION_ROUTED);
	return answer == BPF_FIB_LKUP_RET_SUCCESS || answer == BPF_FIB_LKUP_RET_NO_NEIGH ||
	       answer == BPF_FIB_LKUP_RET_UNSUPP_LWT || answer == BPF_FIB_LKUP_RET_FRAG_NEEDED;
}

/* The same for a row that is being made. */
inline_always bool route__find(const struct packet *packet, struct session4 *session)
{
	__u32 ingress = packet->xdp->ingress_ifindex, period = packet->now >> ROUTE_SHARED_SHIFT;
	__u32 index = hash__words(session->saddr, session->daddr, ingress, period) & (ROUTES - 1);
	struct route *route = bpf_map_lookup_elem(&routes, &index);

	if (!route)
		return false;
	if (route->daddr == session->daddr && route->saddr == session->saddr && route->ingress == ingress &&
		route->period == period) {
		__builtin_memcpy(session->dmac, route->dmac, 6);
		__builtin_memcpy(session->smac, route->smac, 6);
		session->ifindex = route->egress;
		session->state |= SESSION_ROUTED;
		return true;
	}
	if (!route__resolve(packet->xdp, session))
		return false;
	if (session->state & SESSION_ROUTED) {
		*route = (struct route){.saddr = session->saddr,
			.daddr = session->daddr,
			.ingress = ingress,
			.period = period,
			.egress = session->ifindex};
		__builtin_memcpy(route->dmac, session->dmac, 6);
		__builtin_memcpy(route->smac, session->smac, 6);
	}
	return true;
}

#endif
