// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* XDP programs that send frames elsewhere, and those that see them there. */
#include <jbpf/bpf.h>

enum {
    BPF_MAP_TYPE_DEVMAP = 14,
    BPF_MAP_TYPE_CPUMAP = 16,
    BPF_MAP_TYPE_XSKMAP = 17,
    BPF_MAP_TYPE_DEVMAP_HASH = 25,
    XDP_DROP = 1,
    XDP_PASS = 2,
};

static long (*const bpf_redirect_map)(void *map, __u64 key, __u64 flags) = (void *)51;

char LICENSE[] SEC("license") = "GPL";

/* What came to where it was sent, and what ran on its way. */
__u64 arrived;
__u64 on_the_way;

struct xdp_md {
    __u32 data;
    __u32 data_end;
};

struct {
    __uint(type, BPF_MAP_TYPE_DEVMAP);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 8);
} devices SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 8);
} devices_by_key SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_CPUMAP);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 8);
} cpus SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_XSKMAP);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 4);
} queues SEC(".maps");

/* IPv4 alone: the kernel sends IPv6 of its own when it likes. */
static __always_inline int is_ipv4(struct xdp_md *ctx)
{
    __u8 *frame = (__u8 *)(long)ctx->data;

    return frame + 14 <= (__u8 *)(long)ctx->data_end && frame[12] == 8 && frame[13] == 0;
}

SEC("?xdp")
int to_device(struct xdp_md *ctx)
{
    return is_ipv4(ctx) ? bpf_redirect_map(&devices, 2, XDP_PASS) : XDP_PASS;
}

SEC("?xdp")
int to_device_by_key(struct xdp_md *ctx)
{
    return is_ipv4(ctx) ? bpf_redirect_map(&devices_by_key, 0x12345678, XDP_PASS) : XDP_PASS;
}

SEC("?xdp/devmap")
int on_way_to_device(struct xdp_md *ctx)
{
    on_the_way++;
    return XDP_PASS;
}

SEC("?xdp")
int counts_and_drops(struct xdp_md *ctx)
{
    if (is_ipv4(ctx))
        arrived++;
    return XDP_DROP;
}

SEC("?xdp")
int to_cpu(struct xdp_md *ctx)
{
    return is_ipv4(ctx) ? bpf_redirect_map(&cpus, 0, XDP_PASS) : XDP_PASS;
}

SEC("?xdp/cpumap")
int drops_on_cpu(struct xdp_md *ctx)
{
    on_the_way++;
    return XDP_DROP;
}

SEC("?xdp")
int to_queue(struct xdp_md *ctx)
{
    return is_ipv4(ctx) ? bpf_redirect_map(&queues, 0, XDP_PASS) : XDP_PASS;
}
