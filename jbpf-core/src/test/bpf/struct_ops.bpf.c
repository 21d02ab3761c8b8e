// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A congestion control for TCP that does next to nothing.
#include "test.h"

struct sock;

struct tcp_congestion_ops___ours {
    char name[16];
    __u32 (*ssthresh)(struct sock *sk);
    void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
    __u32 (*undo_cwnd)(struct sock *sk);
    int not_in_the_kernel;
    __u32 flags;
};

SEC("struct_ops/threshold")
__u32 threshold(__u64 *arguments)
{
    return 2;
}

SEC("struct_ops/avoid")
int avoid(__u64 *arguments)
{
    return 0;
}

SEC("struct_ops/undo")
__u32 undo(__u64 *arguments)
{
    return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops___ours calm = {
    .name = "jbpf_calm",
    .ssthresh = (void *)threshold,
    .cong_avoid = (void *)avoid,
    .undo_cwnd = (void *)undo,
};

SEC(".struct_ops.link")
struct tcp_congestion_ops___ours calmer = {
    .name = "jbpf_calmer",
    .ssthresh = (void *)threshold,
    .cong_avoid = (void *)avoid,
    .undo_cwnd = (void *)undo,
};

struct nobody_has_this_interface {
    int (*function)(void);
};

SEC("?struct_ops/unused")
int unused(__u64 *arguments)
{
    return 0;
}

SEC("?.struct_ops")
struct nobody_has_this_interface optional = {
    .function = (void *)unused,
};

char licence[] SEC("license") = "GPL";
