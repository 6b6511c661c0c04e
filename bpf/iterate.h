/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that walk sessions4 inside the kernel: the reaper and the lister. User space reads what they write, and by how much it
 * reads at a time it decides how long a walk may take.
 */
#ifndef SLUICE_ITERATE_H
#define SLUICE_ITERATE_H

#include "refuse.h"
#include "session.h"

#define PAUSE_ROWS 4096 /* rows between two pause marks, about half a millisecond */

/* The kernel's contexts of an iterator over a map, as far as they are used here. */
struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *map;
	void *key;
	void *value;
} __attribute__((preserve_access_index));

/* Seconds without a packet of either direction after which the session ends. */
inline_always __u32 reap__timeout(
	const struct session4 *forward, const struct session4 *reverse, bool tcp, const struct settings *settings)
{
	__u32 idle = session__idle(forward->state);

	if (!tcp)
		return idle;
	if (forward->state & SESSION_CLOSED)
		return forward->state & SESSION_MEMBER_CLOSED_FIRST ? settings->time_wait_timeout
								    : settings->close_timeout;
	if (!(forward->state & SESSION_ANSWERED))
		return settings->syn_timeout;
	if ((forward->state | reverse->state) & SESSION_FIN)
		return idle < settings->fin_timeout ? idle : settings->fin_timeout;
	return idle;
}

/* Iterators may not read the coarse clock; the fine one has the same zero and is ahead of it by less than a tick. */
inline_always __u32 iterate__ticks(void)
{
	return (__u32)(bpf_ktime_get_ns() >> TICK_SHIFT);
}

/* Ticks since a packet of either direction. */
inline_always __u32 session__idle_ticks(const struct session4 *forward, const struct session4 *reverse, __u32 now)
{
	__s32 sent = now - forward->seen, received = now - reverse->seen;

	/* A packet may have come after `now` was read. */
	if (sent < 0 || received < 0)
		return 0;
	return sent < received ? sent : received;
}

/*
 * Writes the RST that travels along `session` to its receiver. `peer` is the other direction: what its sender acknowledged last is
 * exactly the sequence number it expects (RFC 5961, 3.2). False: no room, try again.
 */
inline_always bool reap__reset(struct seq_file *seq, const struct session4 *session, const struct session4 *peer)
{
	struct reset_frame frame = {};
	struct frame_record record = {.ifindex = session->ifindex, .length = FRAME_SIZE(frame)};
	struct flow4 flow = {
		.saddr = session->saddr, .daddr = session->daddr, .sport = session->sport, .dport = session->dport};

	if (!(peer->state & SESSION_ANSWERED) || !session->ifindex)
		return true;
	reset__build(&frame, &flow, peer->ack, 0, 0);
	__builtin_memcpy(frame.eth.h_dest, session->dmac, 6);
	__builtin_memcpy(frame.eth.h_source, session->smac, 6);
	return !bpf_seq_write(seq, &record, sizeof(record)) && !bpf_seq_write(seq, &frame.eth, FRAME_SIZE(frame));
}

inline_always void reap__pause(struct seq_file *seq, __u64 rows)
{
	struct frame_record pause = {};

	if (rows % PAUSE_ROWS == PAUSE_ROWS - 1)
		bpf_seq_write(seq, &pause, sizeof(pause));
}

inline_always enum event reap__event(const struct session4 *forward, bool tcp)
{
	if (forward->state & SESSION_CLOSED)
		return EVENT_SESSION_ENDED_CLOSED;
	return tcp && !(forward->state & SESSION_ANSWERED) ? EVENT_SESSION_ENDED_SYN : EVENT_SESSION_ENDED_IDLE;
}

/* Ends what has been idle too long; both ends of a live TCP session get an RST. */
SEC("iter/bpf_map_elem")
int reap(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct settings *settings = settings__get();
	struct seq_file *seq = ctx->meta->seq;
	struct session4 *forward = ctx->value, *reverse;
	struct flow4 *key = ctx->key, flow;
	__u32 now = iterate__ticks();
	enum event event;
	bool tcp;

	if (!key || !forward || !settings)
		return 0;
	reap__pause(seq, ctx->meta->seq_num);
	if (forward->state & SESSION_REVERSE)
		return 0;
	flow = *key;
	tcp = flow.protocol == IPPROTO_TCP;
	/* Without the other row first: most rows are not even due by their own time. */
	if (now - forward->seen < ticks__of_seconds(1))
		return 0;
	forward = session__find(&flow);
	if (!forward)
		return 0;
	reverse = session__peer(forward, flow.protocol);
	if (!reverse) {
		session__remove(&flow, forward);
		return 0;
	}
	if (session__idle_ticks(forward, reverse, now) <
		ticks__of_seconds(reap__timeout(forward, reverse, tcp, settings)))
		return 0;
	event = reap__event(forward, tcp);
	if (tcp && !(forward->state & SESSION_CLOSED) &&
		(!reap__reset(seq, reverse, forward) || !reap__reset(seq, forward, reverse)))
		return 0;
	if (session__remove(&flow, forward))
		event__count(event);
	return 0;
}

inline_always bool matches32(__be32 wanted, __be32 value)
{
	return !wanted || wanted == value;
}

inline_always bool matches16(__be16 wanted, __be16 value)
{
	return !wanted || wanted == value;
}

inline_always bool list__matches(
	const struct session_filter *filter, const struct flow4 *flow, const struct session4 *forward)
{
	return matches32(filter->client, flow->saddr) && matches32(filter->vip, flow->daddr) &&
	       matches32(filter->local, forward->saddr) && matches32(filter->member, forward->daddr) &&
	       matches16(filter->client_port, flow->sport) && matches16(filter->vip_port, flow->dport) &&
	       matches16(filter->local_port, forward->sport) && matches16(filter->member_port, forward->dport) &&
	       (!filter->protocol || filter->protocol == flow->protocol);
}

/* Writes a session_record for each session that session_filters[0] asks for, or only counts them there. */
SEC("iter/bpf_map_elem")
int list_sessions(struct bpf_iter__bpf_map_elem *ctx)
{
	struct session4 *forward = ctx->value, *reverse;
	struct session_record record = {};
	struct session_filter *filter;
	struct flow4 *key = ctx->key, flow;
	__u32 zero = 0, now = iterate__ticks();

	filter = bpf_map_lookup_elem(&session_filters, &zero);
	if (!key || !forward || !filter || (forward->state & SESSION_REVERSE))
		return 0;
	flow = *key;
	forward = session__find(&flow);
	if (!forward || !list__matches(filter, &flow, forward))
		return 0;
	if (filter->count_only) {
		filter->matched++;
		return 0;
	}
	reverse = session__peer(forward, flow.protocol);
	if (!reverse)
		return 0;
	record.flow = flow;
	record.local = forward->saddr;
	record.local_port = forward->sport;
	record.member = forward->daddr;
	record.member_port = forward->dport;
	record.state = forward->state;
	record.reverse_state = reverse->state;
	record.target = forward->target;
	record.idle = session__idle_ticks(forward, reverse, now);
	record.age = now - reverse->created;
	record.packets_in = forward->packets;
	record.packets_out = reverse->packets;
	record.bytes_in = forward->bytes;
	record.bytes_out = reverse->bytes;
	if (!bpf_seq_write(ctx->meta->seq, &record, sizeof(record)))
		filter->matched++;
	return 0;
}

#endif
