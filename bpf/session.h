/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions: two rows, made and removed together.
 *
 * The row of a direction knows what its own packets said. What needs both directions (closing, expiry) looks the other row up,
 * which happens a few times a session and never for its established packets.
 */
#ifndef SLUICE_SESSION_H
#define SLUICE_SESSION_H

#include "checksum.h"
#include "lease.h"
#include "limit.h"

/* A packet in a row must be this close behind the other side's last acknowledgment for its RST to be believed, bytes. */
#define RST_WINDOW (1 << 22)

/* An acknowledgment this little behind the last was overtaken on the way, bytes; one further behind is of a new connection. */
#define OVERTAKEN (1 << 22)

/* Idle timeouts up to 32,767 s are kept exactly, longer ones in steps of 4 s. */
inline_always __u32 session__pack_idle(__u32 seconds)
{
	__u32 packed = seconds < 0x8000 ? seconds : 0x8000 | ((seconds + 3) >> 2 & 0x7fff);

	return packed << SESSION_IDLE_SHIFT;
}

inline_always __u32 session__idle(__u32 state)
{
	__u32 packed = state >> SESSION_IDLE_SHIFT;

	return packed < 0x8000 ? packed : (packed & 0x7fff) << 2;
}

/* State of a reverse row. It keeps the listener's MSS limit, so that a SYN-ACK need not look for its listener. */
inline_always __u32 session__reverse_state(__u16 mss_limit)
{
	return SESSION_REVERSE | (__u32)mss_limit << SESSION_MSS_SHIFT;
}

inline_always __u16 session__mss_limit(const struct session4 *reverse)
{
	return reverse->state >> SESSION_MSS_SHIFT;
}

/* The key of the row of the other direction. */
inline_always void session__peer_flow(const struct session4 *session, __u8 protocol, struct flow4 *flow)
{
	*flow = (struct flow4){.saddr = session->daddr,
		.daddr = session->saddr,
		.sport = session->dport,
		.dport = session->sport,
		.protocol = protocol};
}

inline_always struct session4 *session__find(const struct flow4 *flow)
{
	return bpf_map_lookup_elem(&sessions4, flow);
}

inline_always struct session4 *session__peer(const struct session4 *session, __u8 protocol)
{
	struct flow4 flow;

	session__peer_flow(session, protocol, &flow);
	return session__find(&flow);
}

inline_always struct member *session__member(const struct session4 *session)
{
	__u32 index = session->target;
	struct target *target = bpf_map_lookup_elem(&targets, &index);

	if (!target)
		return NULL;
	index = target->member;
	return bpf_map_lookup_elem(&members, &index);
}

/* The session no longer counts as an active connection of member and listener; once, whoever says it first. */
inline_always void session__close(struct session4 *forward, __be32 client)
{
	__u32 state = __sync_fetch_and_or(&forward->state, SESSION_CLOSED);
	struct member *member;

	if (state & SESSION_CLOSED)
		return;
	account__close(forward->account, state, client);
	member = session__member(forward);
	if (member)
		__sync_fetch_and_add(&member->active, -1);
}

/*
 * What this direction has received. Should it end in silence, the RST that it gets has this sequence number: one that is too low
 * would be ignored.
 */
inline_always void session__acknowledge(struct session4 *session, __u32 ack)
{
	if (!(session->state & SESSION_ANSWERED))
		__sync_fetch_and_or(&session->state, SESSION_ANSWERED);
	else if (session->ack - ack <= OVERTAKEN)
		return;
	session->ack = ack;
}

/* Fills the translation of a row whose packets come in as `flow`. */
inline_always void session__translate(struct session4 *session, const struct flow4 *flow)
{
	__u64 addresses =
		checksum__change32(flow->saddr, session->saddr) + checksum__change32(flow->daddr, session->daddr);
	__u64 ports = checksum__change16(flow->sport, session->sport) + checksum__change16(flow->dport, session->dport);

	session->l4_delta = checksum__fold(addresses + ports);
	session->ip_delta = checksum__fold(addresses + (__u16)~bpf_htons(0x0100)); /* TTL - 1 */
}

enum created {
	CREATED,
	CREATED_FULL,
	CREATED_RACE,
};

/*
 * Writes both rows, the reverse one first: whoever sees the forward row may rely on the reverse one. `forward` and `reverse` are
 * complete but for their translation's checksums. On failure nothing is left behind.
 */
inline_always enum created session__insert(const struct flow4 *flow, struct session4 *forward, struct session4 *reverse)
{
	struct flow4 reverse_flow;
	int error; /* not long: map operations of kernels before 6.3 leave the upper half of the register open */

	session__peer_flow(forward, flow->protocol, &reverse_flow);
	session__translate(forward, flow);
	session__translate(reverse, &reverse_flow);
	error = bpf_map_update_elem(&sessions4, &reverse_flow, reverse, BPF_NOEXIST);
	if (error)
		return error == -17 /* EEXIST */ ? CREATED_RACE : CREATED_FULL;
	error = bpf_map_update_elem(&sessions4, flow, forward, BPF_NOEXIST);
	if (!error)
		return CREATED;
	bpf_map_delete_elem(&sessions4, &reverse_flow);
	return error == -17 ? CREATED_RACE : CREATED_FULL;
}

/* Removes both rows and gives the lease back; only the one caller whose delete of the forward row succeeds does so. */
inline_always bool session__remove(const struct flow4 *flow, struct session4 *forward)
{
	struct flow4 reverse_flow;
	__u32 state;

	session__close(forward, flow->saddr);
	state = forward->state;
	session__peer_flow(forward, flow->protocol, &reverse_flow);
	if (bpf_map_delete_elem(&sessions4, flow))
		return false;
	bpf_map_delete_elem(&sessions4, &reverse_flow);
	if (!(state & SESSION_UNLEASED))
		lease__return(
			reverse_flow.daddr, reverse_flow.dport, reverse_flow.saddr, reverse_flow.sport, flow->protocol);
	return true;
}

/* FIN or RST of one direction; `session` is its row, `peer` the other one. */
inline_always void session__end_direction(struct packet *packet, struct session4 *session, struct session4 *peer)
{
	bool reverse = session->state & SESSION_REVERSE;
	struct session4 *forward = reverse ? peer : session;
	__be32 client = reverse ? session->daddr : packet->flow.saddr;

	if (packet->tcp_flags & TCP_RST) {
		/* Out of the window it may be a stranger's guess: the receiver decides, our books do not change. */
		if ((peer->state & SESSION_ANSWERED) && packet->seq - peer->ack > RST_WINDOW)
			return;
		__sync_fetch_and_or(&session->state, SESSION_RST);
		session__close(forward, client);
		return;
	}
	if (!(packet->tcp_flags & TCP_FIN) || (session->state & SESSION_FIN))
		return;
	__sync_fetch_and_or(&session->state, SESSION_FIN);
	if (!(peer->state & SESSION_FIN))
		return;
	if (!reverse)
		__sync_fetch_and_or(&forward->state, SESSION_MEMBER_CLOSED_FIRST);
	session__close(forward, client);
}

#endif
