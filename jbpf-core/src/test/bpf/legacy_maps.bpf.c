// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A map as they were before BTF.
#include "test.h"

struct bpf_map_def {
    __u32 type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def SEC("maps") old = {
    .type = BPF_MAP_TYPE_HASH,
    .key_size = 4,
    .value_size = 8,
    .max_entries = 16,
};

SEC("socket")
int uses_it(void *context)
{
    __u32 key = 0;
    return bpf_map_lookup_elem(&old, &key) != 0;
}

char licence[] SEC("license") = "GPL";
