/* SPDX-License-Identifier: GPL-2.0-only */
/* What test/native loads: a map of each kind that the addon treats differently, and small programs with known effects. */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} pairs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 300000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} many SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 10);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u32);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} a_map_with_a_long_name SEC(".maps");

/* Turns an Ethernet frame around and counts it in slots[0] and per_cpu[0]. */
SEC("xdp")
int reflect(struct xdp_md *xdp)
{
	__u8 *data = (__u8 *)(long)xdp->data, *end = (__u8 *)(long)xdp->data_end;
	__u32 zero = 0;
	__u32 *count = bpf_map_lookup_elem(&slots, &zero), *mine = bpf_map_lookup_elem(&per_cpu, &zero);

	if (data + 14 > end)
		return XDP_DROP;
	for (int i = 0; i < 6; i++) {
		__u8 byte = data[i];

		data[i] = data[i + 6];
		data[i + 6] = byte;
	}
	if (count)
		__sync_fetch_and_add(count, 1);
	if (mine)
		*mine += 1;
	return XDP_TX;
}

/* Lets everything through, counting in slots[1]. */
SEC("xdp")
int let_pass(struct xdp_md *xdp)
{
	__u32 one = 1;
	__u32 *count = bpf_map_lookup_elem(&slots, &one);

	(void)xdp;
	if (count)
		__sync_fetch_and_add(count, 1);
	return XDP_PASS;
}

/* Makes the packet four bytes longer at its front. */
SEC("xdp")
int grow(struct xdp_md *xdp)
{
	return bpf_xdp_adjust_head(xdp, -4) == 0 ? XDP_PASS : XDP_ABORTED;
}

/* Returns the interface that the packet is said to have come from. */
SEC("xdp")
int tell_interface(struct xdp_md *xdp)
{
	return xdp->ingress_ifindex;
}

/* Puts the first four bytes of each packet into the ring buffer. */
SEC("xdp")
int record(struct xdp_md *xdp)
{
	__u32 *data = (__u32 *)(long)xdp->data, *end = (__u32 *)(long)xdp->data_end;

	__u32 word;

	if (data + 1 > end)
		return XDP_DROP;
	word = *data; /* kernels refuse packet memory as the source */
	return bpf_ringbuf_output(&ring, &word, sizeof(word), 0) == 0 ? XDP_PASS : XDP_ABORTED;
}

SEC("cgroup/connect4")
int refuse_port_9(struct bpf_sock_addr *address)
{
	return address->user_port != bpf_htons(9);
}

/* As in the kernel's headers, of which only what is used here. */
struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *map;
	__u32 *key;
	__u64 *value;
} __attribute__((preserve_access_index));

struct pair {
	__u32 key;
	__u32 value;
};

/* Writes each element as two u32. */
SEC("iter/bpf_map_elem")
int list(struct bpf_iter__bpf_map_elem *context)
{
	struct pair pair = {};
	__u32 *key = context->key;
	__u64 *value = context->value;

	if (!key || !value)
		return 0;
	pair.key = *key;
	pair.value = (__u32)*value;
	bpf_seq_write(context->meta->seq, &pair, sizeof(pair));
	return 0;
}

struct frame {
	__u32 ifindex;
	__u32 length;
	__u8 bytes[60];
};

/*
 * Writes a frame for each element, to interface `value`, with the key in its last byte, and deletes the element by itself: the next
 * sweep finds it gone. Value 0: a pause mark.
 */
SEC("iter/bpf_map_elem")
int frames(struct bpf_iter__bpf_map_elem *context)
{
	struct frame frame = {};
	__u32 *found = context->key, key;
	__u64 *value = context->value;

	if (!found || !value)
		return 0;
	key = *found;
	frame.ifindex = (__u32)*value;
	frame.length = frame.ifindex ? sizeof(frame.bytes) : 0;
	__builtin_memset(frame.bytes, 0xff, 6);
	frame.bytes[6] = 0x02;
	frame.bytes[12] = 0x88;
	frame.bytes[13] = 0xb5; /* local experimental Ethertype */
	frame.bytes[59] = (__u8)key;
	bpf_seq_write(context->meta->seq, &frame, 8 + frame.length);
	bpf_map_delete_elem(&pairs, &key);
	return 0;
}

/* Never passes the verifier: reads behind the packet. */
SEC("?xdp")
int broken(struct xdp_md *xdp)
{
	return *(__u32 *)(long)xdp->data;
}
