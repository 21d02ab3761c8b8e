// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* Two congestion controls for TCP of one name, which count the sockets that take them. */
#include "test.h"

struct sock;

struct tcp_congestion_ops {
    char name[16];
    void (*init)(struct sock *sk);
    __u32 (*ssthresh)(struct sock *sk);
    void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
    __u32 (*undo_cwnd)(struct sock *sk);
};

__u64 first_sockets;
__u64 second_sockets;
__u64 acknowledgements;

SEC("struct_ops/begin_first")
int begin_first(__u64 *arguments)
{
    __sync_fetch_and_add(&first_sockets, 1);
    return 0;
}

SEC("struct_ops/begin_second")
int begin_second(__u64 *arguments)
{
    __sync_fetch_and_add(&second_sockets, 1);
    return 0;
}

SEC("struct_ops/threshold")
__u32 threshold(__u64 *arguments)
{
    return 2;
}

SEC("struct_ops/avoid")
int avoid(__u64 *arguments)
{
    __sync_fetch_and_add(&acknowledgements, 1);
    return 0;
}

SEC("struct_ops/undo")
__u32 undo(__u64 *arguments)
{
    return 2;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops first = {
    .name = "jbpf_counts",
    .init = (void *)begin_first,
    .ssthresh = (void *)threshold,
    .cong_avoid = (void *)avoid,
    .undo_cwnd = (void *)undo,
};

SEC(".struct_ops.link")
struct tcp_congestion_ops second = {
    .name = "jbpf_counts",
    .init = (void *)begin_second,
    .ssthresh = (void *)threshold,
    .cong_avoid = (void *)avoid,
    .undo_cwnd = (void *)undo,
};

char licence[] SEC("license") = "GPL";
