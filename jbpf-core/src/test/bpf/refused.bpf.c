// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// One program that every verifier refuses between two that it accepts.
#include "test.h"

struct __sk_buff;

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32);
    __type(value, __u64);
    __uint(max_entries, 1);
} counts SEC(".maps");

SEC("tc")
int accepted_first(struct __sk_buff *packet)
{
    return 0;
}

SEC("socket")
int refused(struct __sk_buff *packet)
{
    __u32 key = 0;
    __u64 *count = bpf_map_lookup_elem(&counts, &key);
    return *count;
}

SEC("tc")
int accepted_last(struct __sk_buff *packet)
{
    __u32 key = 0;
    __u64 *count = bpf_map_lookup_elem(&counts, &key);
    return count ? *count : 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
