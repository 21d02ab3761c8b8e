// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* Programs that tell what a test run gave them. */
#include "test.h"

static __u32 (*const bpf_get_smp_processor_id)(void) = (void *)8;
static long (*const bpf_xdp_adjust_head)(void *context, int delta) = (void *)44;

/* As far as they are used here: linux/bpf.h. */
struct __sk_buff {
    __u32 len;
    __u32 pkt_type;
    __u32 mark;
    __u32 between[9];
    __u32 cb[5];
};

struct xdp_md {
    __u32 data;
};

struct bpf_raw_tracepoint_args {
    __u64 args[2];
};

enum { XDP_ABORTED = 0, XDP_PASS = 2, XDP_TX = 3 };

__u32 seen_cpu;

SEC("?tc")
int marks(struct __sk_buff *skb)
{
    __u32 mark = skb->mark;

    skb->mark = mark + 1;
    skb->cb[0] = skb->len;
    return mark;
}

SEC("?xdp")
int shortens(struct xdp_md *context)
{
    if (bpf_xdp_adjust_head(context, 14))
        return XDP_ABORTED;
    return XDP_PASS;
}

SEC("?xdp")
int lengthens(struct xdp_md *context)
{
    if (bpf_xdp_adjust_head(context, -14))
        return XDP_ABORTED;
    return XDP_TX;
}

SEC("?raw_tp/task_rename")
int adds(struct bpf_raw_tracepoint_args *context)
{
    seen_cpu = bpf_get_smp_processor_id();
    return context->args[0] + context->args[1];
}

struct question {
    __u64 number;
    __u64 square;
};

SEC("?syscall")
int squares(struct question *question)
{
    question->square = question->number * question->number;
    return 1;
}

char _license[] SEC("license") = "GPL";
