// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A map that only its file can see.
#include "test.h"

static struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, __u64);
    __uint(max_entries, 1);
} mine SEC(".maps");

SEC("socket")
int uses_it(void *context)
{
    __u32 key = 0;
    return bpf_map_lookup_elem(&mine, &key) != 0;
}

char licence[] SEC("license") = "GPL";
