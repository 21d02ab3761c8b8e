// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// More arenas than an object may have.
#include "test.h"

struct {
    __uint(type, BPF_MAP_TYPE_ARENA);
    __uint(map_flags, 1 << 10);
    __uint(max_entries, 10);
} first SEC(".maps"), second SEC(".maps");

char licence[] SEC("license") = "GPL";
