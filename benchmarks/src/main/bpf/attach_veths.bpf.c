// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* What AttachBenchmark attaches: programs that leave every packet to the next one. */
#include <jbpf/bpf.h>

char LICENSE[] SEC("license") = "GPL";

SEC("tcx/ingress")
int first(struct __sk_buff *skb)
{
    return -1; /* TCX_NEXT, TC_ACT_UNSPEC */
}

SEC("tcx/ingress")
int second(struct __sk_buff *skb)
{
    return -1;
}
