/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the receiver's kernel programs and the tool sluice-receiver share. Addresses take 16 bytes for both families; IPv4 is
 * ::ffff:a.b.c.d there, in the allow-list as well, so that IPv6 needs no second map.
 */
#ifndef SLUICE_RECEIVER_TYPES_H
#define SLUICE_RECEIVER_TYPES_H

enum receiver_limits {
	RECEIVER_OPTION_LENGTH = 8, /* kind, length, port, IPv4 address */
	RECEIVER_GATEWAYS_MAX = 1024, /* entries of the allow-list */
	RECEIVER_MAPPED_BITS = 96, /* prefix of ::ffff:0:0/96 in front of an IPv4 prefix */
};

/* Entry of the allow-list: whose options are believed. The layout is the kernel's struct bpf_lpm_trie_key. */
struct receiver_gateway {
	__u32 prefix; /* bits, 96..128 for IPv4 */
	__be32 address[4];
};

/* The client behind one accepted socket; lives and dies with that socket. */
struct receiver_client {
	__be32 address[4];
	__be16 port;
	__u8 pad[2];
};

/* One row, written before the programs are attached. */
struct receiver_settings {
	__u32 kind; /* TCP option that carries the client's address */
};

/*
 * What happened to accepted TCP connections, per CPU. Connections that neither come from an allowed gateway nor carry the
 * option are none of the receiver's business and are not counted.
 */
enum receiver_counter {
	RECEIVER_TRANSLATED, /* from a gateway, with option: programs see the client */
	RECEIVER_WITHOUT_OPTION, /* from a gateway, without: a health check, or a listener that sends none */
	RECEIVER_NOT_ALLOWED, /* option from a source that is not on the allow-list, ignored */
	RECEIVER_MALFORMED, /* from a gateway: the option has another length or is cut off, or the list before it is broken */
	RECEIVER_NO_MEMORY, /* from a gateway, with option, but no memory to keep it: programs see the gateway */
	RECEIVER_COUNTERS,
};

#endif
