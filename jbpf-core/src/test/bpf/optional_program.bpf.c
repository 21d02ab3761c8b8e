// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Optional programs that a map decides about: one is wanted by a map that is made, the other by none.
#include "test.h"

struct sock;

struct tcp_congestion_ops {
    char name[16];
    __u32 (*ssthresh)(struct sock *sk);
    void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
    __u32 (*undo_cwnd)(struct sock *sk);
};

SEC("?struct_ops/wanted")
__u32 wanted(__u64 *arguments)
{
    return 2;
}

SEC("?struct_ops/wanted_undo")
__u32 wanted_undo(__u64 *arguments)
{
    return 2;
}

SEC("struct_ops/avoid")
int avoid(__u64 *arguments)
{
    return 0;
}

SEC("struct_ops/idle")
__u32 idle(__u64 *arguments)
{
    return 2;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops made = {
    .name = "jbpf_made",
    .ssthresh = (void *)wanted,
    .cong_avoid = (void *)avoid,
    .undo_cwnd = (void *)wanted_undo,
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops not_made = {
    .name = "jbpf_not_made",
    .ssthresh = (void *)idle,
};

char licence[] SEC("license") = "GPL";
