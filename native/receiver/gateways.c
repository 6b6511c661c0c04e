// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include "receiver.h"

enum { IPV4_BITS = 32 };

static bool gateway__equals(const struct receiver_gateway *a, const struct receiver_gateway *b)
{
	return a->prefix == b->prefix && memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static struct receiver_gateway gateway__from_ipv4(__be32 address, __u32 bits)
{
	return (struct receiver_gateway){
		.prefix = RECEIVER_MAPPED_BITS + bits,
		.address = {0, 0, htonl(0xffff), address},
	};
}

/* "ADDRESS" or "ADDRESS/LENGTH" -> entry. */
static int gateway__parse(const char *text, struct receiver_gateway *gateway)
{
	char address_text[INET_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	unsigned long bits = IPV4_BITS;
	struct in_addr address;
	char *end = "";
	__u32 mask;

	if (strchr(text, ':'))
		return fail("gateway %s: this release takes the client's address over IPv4 only, give an IPv4 address",
			text);
	if (slash)
		bits = strtoul(slash + 1, &end, 10);
	if (length >= sizeof(address_text) || *end || (slash && (slash[1] < '0' || slash[1] > '9')) || bits > IPV4_BITS)
		return fail(
			"gateway '%s' is neither an address like 198.18.1.10 nor a network like 198.18.1.16/30", text);
	memcpy(address_text, text, length);
	address_text[length] = '\0';
	if (inet_pton(AF_INET, address_text, &address) != 1)
		return fail(
			"gateway '%s' is neither an address like 198.18.1.10 nor a network like 198.18.1.16/30", text);
	mask = bits ? htonl(~0U << (IPV4_BITS - bits)) : 0;
	if (address.s_addr & ~mask) {
		struct in_addr network = {.s_addr = address.s_addr & mask};
		char network_text[INET_ADDRSTRLEN];

		inet_ntop(AF_INET, &network, network_text, sizeof(network_text));
		return fail("gateway %s has bits set after its prefix: write %s for the one address or %s/%lu for the "
			    "network",
			text, address_text, network_text, bits);
	}
	*gateway = gateway__from_ipv4(address.s_addr, (__u32)bits);
	return EXIT_DONE;
}

void gateways__format(const struct receiver_gateway *gateway, char text[GATEWAY_TEXT_MAX])
{
	char address[INET_ADDRSTRLEN];
	unsigned bits = gateway->prefix - RECEIVER_MAPPED_BITS;

	inet_ntop(AF_INET, &gateway->address[3], address, sizeof(address));
	if (bits == IPV4_BITS)
		snprintf(text, GATEWAY_TEXT_MAX, "%s", address);
	else
		snprintf(text, GATEWAY_TEXT_MAX, "%s/%u", address, bits % 100);
}

bool gateways__contains(const struct gateway_list *list, const struct receiver_gateway *gateway)
{
	for (size_t i = 0; i < list->count; i++)
		if (gateway__equals(&list->gateways[i], gateway))
			return true;
	return false;
}

/* Appends one entry; naming one twice is no fault. */
int gateways__add_text(struct gateway_list *list, const char *text)
{
	struct receiver_gateway gateway;

	if (gateway__parse(text, &gateway) != EXIT_DONE)
		return EXIT_USAGE;
	if (gateways__contains(list, &gateway))
		return EXIT_DONE;
	if (list->count == RECEIVER_GATEWAYS_MAX) {
		fail("more than %d gateways: sum them up into networks", RECEIVER_GATEWAYS_MAX);
		return EXIT_USAGE;
	}
	list->gateways[list->count++] = gateway;
	return EXIT_DONE;
}

int gateways__read(int map, struct gateway_list *list)
{
	struct receiver_gateway *previous = NULL;

	for (list->count = 0; list->count < RECEIVER_GATEWAYS_MAX; list->count++) {
		struct receiver_gateway *next = &list->gateways[list->count];

		if (bpf_map_get_next_key(map, previous, next) != 0)
			return errno == ENOENT ? EXIT_DONE : fail("cannot read the allow-list: %s", strerror(errno));
		previous = next;
	}
	return EXIT_DONE;
}

int gateways__insert(int map, const struct gateway_list *list)
{
	const __u32 present = 1;

	for (size_t i = 0; i < list->count; i++) {
		char text[GATEWAY_TEXT_MAX];

		if (list->gateways[i].prefix == RECEIVER_MAPPED_BITS)
			fprintf(stderr, "sluice-receiver: warning: 0.0.0.0/0 lets anyone who reaches this host pose as "
					"any client\n");
		if (bpf_map_update_elem(map, &list->gateways[i], &present, BPF_ANY) == 0)
			continue;
		gateways__format(&list->gateways[i], text);
		if (errno == ENOSPC)
			return fail(
				"cannot allow %s: the allow-list is full (%d entries); sum addresses up into networks",
				text, RECEIVER_GATEWAYS_MAX);
		return fail("cannot allow %s: %s", text, strerror(errno));
	}
	return EXIT_DONE;
}

/* Entries that are not there are passed over. */
int gateways__remove(int map, const struct gateway_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		char text[GATEWAY_TEXT_MAX];

		if (bpf_map_delete_elem(map, &list->gateways[i]) == 0 || errno == ENOENT)
			continue;
		gateways__format(&list->gateways[i], text);
		return fail("cannot remove %s from the allow-list: %s", text, strerror(errno));
	}
	return EXIT_DONE;
}

/* Makes the map hold exactly the list. New entries first: a gateway on both lists is allowed at every moment. */
int gateways__replace(int map, const struct gateway_list *list)
{
	static struct gateway_list present, surplus;

	if (gateways__insert(map, list) != EXIT_DONE || gateways__read(map, &present) != EXIT_DONE)
		return EXIT_FAILED;
	surplus.count = 0;
	for (size_t i = 0; i < present.count; i++)
		if (!gateways__contains(list, &present.gateways[i]))
			surplus.gateways[surplus.count++] = present.gateways[i];
	return gateways__remove(map, &surplus);
}
