/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One hash for everything that must spread: lease windows and source hashes. murmur3's 32-bit mixing and finalizer; not for use
 * against somebody who knows the key.
 */
#ifndef SLUICE_HASH_H
#define SLUICE_HASH_H

#include "maps.h"

inline_always __u32 hash__mix(__u32 hash, __u32 word)
{
	word *= 0xcc9e2d51;
	word = word << 15 | word >> 17;
	word *= 0x1b873593;
	hash ^= word;
	hash = hash << 13 | hash >> 19;
	return hash * 5 + 0xe6546b64;
}

inline_always __u32 hash__words(__u32 first, __u32 second, __u32 third, __u32 key)
{
	__u32 hash = hash__mix(hash__mix(hash__mix(key, first), second), third);

	hash ^= hash >> 16;
	hash *= 0x85ebca6b;
	hash ^= hash >> 13;
	hash *= 0xc2b2ae35;
	return hash ^ hash >> 16;
}

#endif
