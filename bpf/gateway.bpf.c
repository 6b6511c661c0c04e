/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gateway: FullNAT between clients and members, in XDP.
 *
 * parse -> find the session -> else plan one -> route -> touch -> control (SYN, FIN, RST) -> options -> rewrite -> conclude.
 * Every outcome has a name and leaves through conclude(). Established packets cost one look-up in sessions4 and one in their
 * statistics; what happens once a session is out of line.
 */
#include "plan.h"
#include "refuse.h"
#include "rewrite.h"
#include "toa.h"
#include "iterate.h"

char LICENSE[] SEC("license") = "GPL";

/* Keeps types in the object's BTF that no map or variable mentions. */
const struct {
	enum limits limits;
	enum session_bit session_bit;
	enum algorithm algorithm;
	enum service_bit service_bit;
	enum target_bit target_bit;
	enum access access;
	struct access_key access_key;
	enum unlimited unlimited;
	enum address_bit address_bit;
	enum outcome outcome;
	enum event event;
	struct session_record session_record;
	struct frame_record frame_record;
} *layout_roots __attribute__((unused));

/* The session's member became unhealthy or was removed; drained ones keep their sessions. */
inline_always bool session__is_orphan(const struct session4 *session)
{
	__u32 id = session->target;
	struct target *target = bpf_map_lookup_elem(&targets, &id);

	return !target || (target->flags & TARGET_GONE);
}

/* A SYN for a session that is open: a retransmission. False: the session is gone, plan a new one. */
static __attribute__((noinline)) bool control__syn(struct packet *packet, struct session4 *forward)
{
	struct session4 *reverse = session__peer(forward, IPPROTO_TCP);

	/* Nobody answered and nobody is going to: without this the client would ask a dead member until it gives up. */
	if (reverse && ((reverse->state & SESSION_ANSWERED) || !session__is_orphan(forward))) {
		packet->mss_limit = session__mss_limit(reverse);
		return true;
	}
	if (session__remove(&packet->flow, forward))
		event__count(EVENT_SESSION_MOVED);
	return false;
}

/* A datagram of a session that exists: UDP has no end, so a dead member's sessions would keep it for good. False: gone. */
inline_always bool control__datagram(struct packet *packet, struct session4 *forward)
{
	if (!session__is_orphan(forward))
		return true;
	if (session__remove(&packet->flow, forward))
		event__count(EVENT_SESSION_MOVED);
	return false;
}

/* MSS and foreign options of SYN and SYN-ACK; a SYN-ACK also tells which acknowledgments finish the handshake. */
static __attribute__((noinline)) void control__handshake(struct packet *packet, struct session4 *session)
{
	bool reverse = session->state & SESSION_REVERSE;
	struct options options = {.syn = true,
		.erase_toa = !reverse,
		.mss_limit = reverse ? session__mss_limit(session) : packet->mss_limit};
	struct session4 *forward = session;

	if (reverse) {
		forward = session__peer(session, IPPROTO_TCP);
		if (!forward)
			return;
		forward->toa_ack = packet->seq + 1;
		session__acknowledge(session, packet->ack);
	}
	if (forward->state & SESSION_TOA) {
		options.mss_reduce = reverse ? TOA_LENGTH : 0;
		/* A Fast Open child would be accepted on the SYN, before TOA can tell who it is. */
		options.erase_fastopen = !reverse;
	}
	if (reverse && !options.mss_limit && !options.mss_reduce)
		return;
	if (!options__edit_common_handshake(packet, &options))
		options__edit(packet, &options);
}

static __attribute__((noinline)) void control__end(struct packet *packet, struct session4 *session)
{
	struct session4 *peer = session__peer(session, IPPROTO_TCP);

	if (peer)
		session__end_direction(packet, session, peer);
}

inline_always void session__touch(struct packet *packet, struct session4 *session)
{
	__u32 index = session->target;
	struct target_stats *stats = bpf_map_lookup_elem(&target_stats, &index);

	session->seen = packet->now;
	session->packets++;
	session->bytes += packet->length;
	if (!stats)
		return;
	if (session->state & SESSION_REVERSE) {
		stats->packets_out++;
		stats->bytes_out += packet->length;
	} else {
		stats->packets_in++;
		stats->bytes_in += packet->length;
	}
}

inline_always void session__tcp(struct packet *packet, struct session4 *session)
{
	__u32 state = session->state;

	if (packet->tcp_flags & TCP_SYN) {
		control__handshake(packet, session);
		return;
	}
	if (packet->tcp_flags & (TCP_FIN | TCP_RST))
		control__end(packet, session);
	if ((packet->tcp_flags & (TCP_ACK | TCP_RST)) == TCP_ACK)
		session__acknowledge(session, packet->ack);
	if (state & SESSION_REVERSE)
		return;
	if (!options__are_common(packet))
		options__strip(packet);
	if ((state & SESSION_TOA) && packet->ack == session->toa_ack && !(packet->tcp_flags & TCP_RST))
		toa__insert(packet, session);
}

/* Whether the sender is told that there is nothing for it. */
inline_always bool outcome__is_refusal(enum outcome outcome)
{
	return outcome == OUTCOME_REFUSED_NO_MEMBER || outcome == OUTCOME_REFUSED_NO_LISTENER ||
	       outcome == OUTCOME_REFUSED_NO_SESSION;
}

/* The one exit: counts and turns an outcome into what XDP does. Forwarded packets are counted with their target. */
inline_always int conclude(struct packet *packet, enum outcome outcome, __u32 egress)
{
	if (outcome == OUTCOME_FORWARD)
		return egress == packet->xdp->ingress_ifindex ? XDP_TX : bpf_redirect(egress, 0);
	if (outcome__is_refusal(outcome) && !(packet__is_tcp(packet) ? refuse__tcp(packet) : refuse__udp(packet)))
		outcome = OUTCOME_DROP_NO_HEADROOM;
	outcome__count(outcome);
	switch (outcome) {
	case OUTCOME_PASS_NOT_IP:
	case OUTCOME_PASS_NOT_OURS:
	case OUTCOME_PASS_PROXY:
	case OUTCOME_KERNEL_FORWARD:
		return XDP_PASS;
	case OUTCOME_ARP_REPLY:
	case OUTCOME_REFUSED_NO_MEMBER:
	case OUTCOME_REFUSED_NO_LISTENER:
	case OUTCOME_REFUSED_NO_SESSION:
		return XDP_TX;
	default:
		return XDP_DROP;
	}
}

/* A packet that cannot be balanced as it is: dropped when it is for us, the kernel's otherwise. */
inline_always enum outcome foreign(const struct packet *packet, enum outcome ours)
{
	return address__find4(packet->flow.daddr) ? ours : OUTCOME_PASS_NOT_OURS;
}

/* A first packet: plans its session and finds it. */
inline_always enum outcome session__begin(struct packet *packet, struct session4 *closed, struct session4 **session)
{
	enum outcome outcome = plan__session(packet, closed);

	/* A lost race is somebody else's session for the same flow: use that. */
	if (outcome == OUTCOME_FORWARD || outcome == OUTCOME_DROP_RACE)
		*session = session__find(&packet->flow);
	if (outcome == OUTCOME_DROP_RACE && *session)
		outcome = OUTCOME_FORWARD;
	if (outcome__is_refusal(outcome) && packet__is_tcp(packet) && (packet->tcp_flags & TCP_RST))
		return OUTCOME_DROP_NO_SESSION;
	return outcome;
}

inline_always enum outcome flow__forward(struct packet *packet, struct session4 *session)
{
	if (route__is_stale(session, packet->now)) {
		if (!route__resolve(packet->xdp, session))
			return OUTCOME_DROP_NO_ROUTE;
		meter__refresh(session);
	}
	if ((session->state & SESSION_METERED) && !meter__take(packet, session)) {
		listener__count(session->account, OUTCOME_DROP_BANDWIDTH);
		return OUTCOME_DROP_BANDWIDTH;
	}
	session__touch(packet, session);
	if (packet__is_tcp(packet))
		session__tcp(packet, session);
	if (!rewrite__apply(packet, session))
		return OUTCOME_DROP_MALFORMED;
	return session->state & SESSION_ROUTED ? OUTCOME_FORWARD : OUTCOME_KERNEL_FORWARD;
}

inline_always int flow__handle(struct packet *packet)
{
	struct session4 *session = session__find(&packet->flow), *closed = NULL;
	enum outcome outcome = OUTCOME_FORWARD;

	packet->now = ticks();
	if (session && packet->ttl <= 1)
		return conclude(packet, OUTCOME_DROP_TTL, 0);
	if (session && packet__opens_session(packet) && !(session->state & SESSION_REVERSE)) {
		/* The client starts anew from the same port. */
		if (packet__is_tcp(packet) && (session->state & SESSION_CLOSED))
			closed = session;
		if (closed ||
			!(packet__is_tcp(packet) ? control__syn(packet, session) : control__datagram(packet, session)))
			session = NULL;
	}
	if (!session)
		outcome = session__begin(packet, closed, &session);
	if (outcome != OUTCOME_FORWARD || !session)
		return conclude(packet, outcome == OUTCOME_FORWARD ? OUTCOME_DROP_RACE : outcome, 0);
	outcome = flow__forward(packet, session);
	return conclude(packet, outcome, session->ifindex);
}

SEC("xdp")
int gateway(struct xdp_md *xdp)
{
	struct packet packet;

	switch (packet__parse(&packet, xdp)) {
	case PARSED_FLOW:
		return flow__handle(&packet);
	case PARSED_ARP:
		return conclude(&packet, arp__answer(xdp) ? OUTCOME_ARP_REPLY : OUTCOME_PASS_NOT_IP, 0);
	case PARSED_OPTIONS:
		return conclude(&packet, foreign(&packet, OUTCOME_DROP_IP_OPTIONS), 0);
	case PARSED_FRAGMENT:
		return conclude(&packet, foreign(&packet, OUTCOME_DROP_FRAGMENT), 0);
	case PARSED_MALFORMED:
		return conclude(&packet, foreign(&packet, OUTCOME_DROP_MALFORMED), 0);
	case PARSED_NOT_OURS:
		return conclude(&packet, OUTCOME_PASS_NOT_OURS, 0);
	default:
		return conclude(&packet, OUTCOME_PASS_NOT_IP, 0);
	}
}
