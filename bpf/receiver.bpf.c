// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs on a backend: programs there get the client's address from accept() and getpeername(), not the gateway's.
 *
 * A new connection's last handshake packet carries the client in a TCP option (TOA). `receiver_established` takes it from that
 * packet and ties it to the socket; the getpeername programs hand it out, for accept() too, which asks the same hook.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_core_read.h>
#include "receiver_types.h"

enum {
	FAMILY_IPV4 = 2,
	FAMILY_IPV6 = 10,
	TCP_HEADER_LENGTH = 20,
	TCP_OPTIONS_MAX = 40,
	OPTION_END = 0,
	OPTION_PADDING = 1,
};

/* The client of each translated socket. The kernel frees an entry together with its socket. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct receiver_client);
} clients SEC(".maps");

/* Allow-list: sources whose option is believed. Without it anyone who reaches the backend directly could pose as any client. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, RECEIVER_GATEWAYS_MAX);
	__type(key, struct receiver_gateway);
	__type(value, __u32);
} gateways SEC(".maps");

/* enum receiver_counter -> connections, per CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RECEIVER_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct receiver_settings);
} settings SEC(".maps");

enum finding {
	FINDING_NONE,
	FINDING_CLIENT,
	FINDING_MALFORMED,
};

/* A walk over the TCP options of the packet that created the socket. */
struct walk {
	struct bpf_sock_ops *ctx;
	__u32 kind; /* option looked for */
	__u32 offset; /* of the next option, from the start of the TCP header */
	enum finding finding;
	struct receiver_client client; /* valid with FINDING_CLIENT */
};

/* Exists on kernels with MPTCP; only its presence is asked for. */
struct mptcp_sock {
} __attribute__((preserve_access_index));

static __always_inline void count(__u32 counter)
{
	__u64 *connections = bpf_map_lookup_elem(&counters, &counter);

	if (connections)
		(*connections)++;
}

static __always_inline int address__is_mapped(const __be32 address[4])
{
	return address[0] == 0 && address[1] == 0 && address[2] == bpf_htonl(0xffff);
}

static __always_inline void address__map(__be32 address[4], __be32 ipv4)
{
	address[0] = 0;
	address[1] = 0;
	address[2] = bpf_htonl(0xffff);
	address[3] = ipv4;
}

/* The source of the connection, if it came over IPv4; sockets of dual-stack listeners are of the IPv6 family then. */
static __always_inline int source__read(struct bpf_sock_ops *ctx, struct receiver_gateway *source)
{
	source->prefix = 8 * sizeof(source->address);
	if (ctx->family == FAMILY_IPV4) {
		address__map(source->address, ctx->remote_ip4);
		return 1;
	}
	if (ctx->family != FAMILY_IPV6)
		return 0;
	source->address[0] = ctx->remote_ip6[0];
	source->address[1] = ctx->remote_ip6[1];
	source->address[2] = ctx->remote_ip6[2];
	source->address[3] = ctx->remote_ip6[3];
	return address__is_mapped(source->address);
}

/*
 * Looks at one option and moves to the next; returns 1 to stop. The first option of the right kind and length is the gateway's:
 * it goes in front of what the client sent, as the toa kernel modules expect.
 */
static long option__visit(__u32 index, void *argument)
{
	struct walk *walk = argument;
	__u8 *header = (void *)(long)walk->ctx->skb_data;
	__u8 *end = (void *)(long)walk->ctx->skb_data_end;
	__u32 offset = walk->offset;
	__u8 *option;

	(void)index;
	if (offset >= TCP_HEADER_LENGTH + TCP_OPTIONS_MAX)
		return 1;
	option = header + offset;
	if (option + 1 > end || option[0] == OPTION_END)
		return 1;
	if (option[0] == OPTION_PADDING) {
		walk->offset = offset + 1;
		return 0;
	}
	if (option + 2 > end || option[1] < 2) {
		walk->finding = FINDING_MALFORMED;
		return 1;
	}
	walk->offset = offset + option[1];
	if (option[0] != walk->kind)
		return 0;
	walk->finding = FINDING_MALFORMED;
	if (option[1] != RECEIVER_OPTION_LENGTH)
		return 0;
	if (option + RECEIVER_OPTION_LENGTH > end)
		return 1;
	walk->finding = FINDING_CLIENT;
	walk->client.port = *(__be16 *)(option + 2);
	address__map(walk->client.address, *(__be32 *)(option + 4));
	return 1;
}

/*
 * By hand, because bpf_load_hdr_opt() takes options of kind 253 and 254 only with their magic number known beforehand, and here
 * the client's port stands in that place.
 */
static __always_inline void options__walk(struct walk *walk)
{
	__u32 zero = 0;
	struct receiver_settings *setting = bpf_map_lookup_elem(&settings, &zero);

	if (setting) {
		walk->kind = setting->kind;
		bpf_loop(TCP_OPTIONS_MAX, option__visit, walk, 0);
	}
}

/* Programs with a multipath listener hold the MPTCP socket, not the TCP socket below it; Go's net package listens like that. */
static __always_inline void client__keep_multipath(struct bpf_sock *socket, struct receiver_client *client)
{
	struct mptcp_sock *multipath;

	if (!bpf_core_type_exists(struct mptcp_sock) ||
		!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_skc_to_mptcp_sock))
		return;
	multipath = bpf_skc_to_mptcp_sock(socket);
	if (multipath)
		bpf_sk_storage_get(&clients, multipath, client, BPF_SK_STORAGE_GET_F_CREATE);
}

static __always_inline int client__keep(struct bpf_sock *socket, struct receiver_client *client)
{
	if (!socket || !bpf_sk_storage_get(&clients, socket, client, BPF_SK_STORAGE_GET_F_CREATE))
		return 0;
	client__keep_multipath(socket, client);
	return 1;
}

static __always_inline void connection__established(struct bpf_sock_ops *ctx)
{
	struct walk walk = {.ctx = ctx, .offset = TCP_HEADER_LENGTH, .finding = FINDING_NONE};
	struct receiver_gateway source;

	if (!source__read(ctx, &source))
		return;
	options__walk(&walk);
	if (!bpf_map_lookup_elem(&gateways, &source)) {
		if (walk.finding == FINDING_CLIENT)
			count(RECEIVER_NOT_ALLOWED);
		return;
	}
	if (walk.finding == FINDING_MALFORMED)
		count(RECEIVER_MALFORMED);
	else if (walk.finding == FINDING_NONE)
		count(RECEIVER_WITHOUT_OPTION);
	else if (client__keep(ctx->sk, &walk.client))
		count(RECEIVER_TRANSLATED);
	else
		count(RECEIVER_NO_MEMORY);
}

/*
 * Called for many events of every socket in the cgroup. ctx->reply stays as it is: programs attached further down in the cgroup
 * tree have run before and would lose what they answered.
 */
SEC("sockops")
int receiver_established(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		connection__established(ctx);
	return 1;
}

SEC("cgroup/getpeername4")
int receiver_getpeername4(struct bpf_sock_addr *ctx)
{
	struct receiver_client *client = bpf_sk_storage_get(&clients, ctx->sk, 0, 0);

	if (client) {
		ctx->user_ip4 = client->address[3];
		ctx->user_port = client->port;
	}
	return 1;
}

/* IPv4 connections of dual-stack listeners: the program expects ::ffff:a.b.c.d and gets it. */
SEC("cgroup/getpeername6")
int receiver_getpeername6(struct bpf_sock_addr *ctx)
{
	struct receiver_client *client = bpf_sk_storage_get(&clients, ctx->sk, 0, 0);

	if (client) {
		ctx->user_ip6[0] = client->address[0];
		ctx->user_ip6[1] = client->address[1];
		ctx->user_ip6[2] = client->address[2];
		ctx->user_ip6[3] = client->address[3];
		ctx->user_port = client->port;
	}
	return 1;
}

char _license[] SEC("license") = "GPL";
