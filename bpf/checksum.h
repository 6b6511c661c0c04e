/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Internet checksums as differences (RFC 1624, equation 3): HC' = ~(~HC + ~m + m'). A difference is the folded sum of ~m + m'
 * over all words that change; sums are kept in 32 bits and folded once.
 */
#ifndef SLUICE_CHECKSUM_H
#define SLUICE_CHECKSUM_H

#include "maps.h"

inline_always __u16 checksum__fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

/* ~old + new of a 32-bit field, unfolded. */
inline_always __u64 checksum__change32(__be32 old, __be32 new)
{
	return (__u64)(__u32)~old + new;
}

inline_always __u64 checksum__change16(__be16 old, __be16 new)
{
	return (__u64)(__u16)~old + new;
}

/* The checksum field after a difference; `delta` may be a sum of folded differences. */
inline_always __u16 checksum__apply(__u16 check, __u32 delta)
{
	__u32 sum = (__u16)~check + delta;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

#endif
