// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A global function that takes the context of whoever calls it, without saying of what type that is.
#include "test.h"

#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))

static long (*const bpf_get_stack)(void *context, void *to, __u32 size, __u64 flags) = (void *)67;
static long (*const bpf_skb_load_bytes)(const void *packet, __u32 offset, void *to, __u32 size) = (void *)26;

__noinline int first_byte(void *context __arg_ctx)
{
    __u8 byte = 0;

    bpf_skb_load_bytes(context, 0, &byte, 1);
    return byte;
}

__noinline int stack(__u64 number, void *context __arg_ctx)
{
    __u64 frame = 0;

    return bpf_get_stack(context, &frame, sizeof(frame), 0) + number;
}

SEC("tc")
int of_a_packet(void *packet)
{
    return first_byte(packet);
}

SEC("kprobe")
int of_a_function(void *registers)
{
    return stack(7, registers);
}

char licence[] SEC("license") = "GPL";
