/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may begin sessions with a listener: allow- and deny-lists of address blocks. Sessions that exist are not asked again.
 *
 * A list is a trie of its own behind an index. User space fills a new trie and switches listeners to it by replacing their service, so
 * packets see the old list or the new one.
 */
#ifndef SLUICE_ACCESS_H
#define SLUICE_ACCESS_H

#include "packet.h"

enum listing {
	LISTING_MISSING, /* no such list */
	LISTING_OUT,
	LISTING_IN,
};

inline_always enum listing access__look_up(__u32 index, const struct access_key *key)
{
	void *list = bpf_map_lookup_elem(&access_lists, &index);
	__u32 *entry;

	if (!list)
		return LISTING_MISSING;
	entry = bpf_map_lookup_elem(list, key);
	return entry && *entry == ACCESS_LISTED ? LISTING_IN : LISTING_OUT;
}

/* The service has a list. A list that is missing lets nobody in. */
static __attribute__((noinline)) bool access__check(const struct service *service, __be32 client)
{
	struct access_key key = {.prefix = 8 * sizeof(key.address)};

	address__map4(key.address, client);
	if ((service->flags & SERVICE_ALLOWED_CIDRS) && access__look_up(service->allowed_cidrs, &key) != LISTING_IN)
		return false;
	if ((service->flags & SERVICE_ALLOW) && access__look_up(service->access_list, &key) != LISTING_IN)
		return false;
	return !(service->flags & SERVICE_DENY) || access__look_up(service->access_list, &key) == LISTING_OUT;
}

inline_always bool access__admits(const struct service *service, __be32 client)
{
	return !(service->flags & (SERVICE_ALLOWED_CIDRS | SERVICE_ALLOW | SERVICE_DENY)) ||
	       access__check(service, client);
}

#endif
