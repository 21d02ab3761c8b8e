// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* What it costs a system call that a program is called at all. */
#include <jbpf/bpf.h>

char LICENSE[] SEC("license") = "GPL";

SEC("raw_tp/sys_enter")
int empty_raw(void *ctx)
{
    return 0;
}

SEC("tp_btf/sys_enter")
int empty_btf(void *ctx)
{
    return 0;
}
