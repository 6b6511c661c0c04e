/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf_loop on kernels before 6.7 (Debian's 6.1 among them): their verifier follows a single round of the callback, and what that round
 * cannot reach it removes from the program as dead. A callback that waits for what an earlier round has written would wait for good:
 * options would keep their claims, least connections would take the last member it looks at.
 */
#ifndef SLUICE_LOOP_H
#define SLUICE_LOOP_H

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

/*
 * Zero, which neither compiler nor verifier can tell from any other number: what fields that rounds hand on have to start from.
 * `any` is a number that they do not know, from a packet or a map.
 */
static inline __attribute__((always_inline)) __u32 loop__zero(__u32 any)
{
	__u32 inverse = ~any;

	barrier_var(inverse);
	return any & inverse;
}

#endif
