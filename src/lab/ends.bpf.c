// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the far ends of the gateway's cables in the lab. A veth takes frames that its peer sends with XDP_TX only while it runs
 * an XDP program itself; without one they wait in its ring, and no counter says so.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int accept_all(struct xdp_md *context)
{
	(void)context;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
