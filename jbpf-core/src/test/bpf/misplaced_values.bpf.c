// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A map that is none of maps but says what is in it.
#include "test.h"

struct inner {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, __u64);
    __uint(max_entries, 1);
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32);
    __uint(max_entries, 1);
    __array(values, struct inner);
} no_map_of_maps SEC(".maps");

char licence[] SEC("license") = "GPL";
