// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Memory shared with user space, and variables in it (Linux 6.9).
#include "test.h"

struct {
    __uint(type, BPF_MAP_TYPE_ARENA);
    __uint(map_flags, 1 << 10);
    __uint(max_entries, 10);
} arena SEC(".maps");

__u64 in_arena SEC(".addr_space.1") = 42;
__u64 also_in_arena SEC(".addr_space.1") = 43;

SEC("syscall")
int address_in_arena(void *context)
{
    return (int)(__u64)&also_in_arena;
}

/* BPF_ADDR_SPACE_CAST from the arena's address space (1) to the kernel's (0), for which clang 14 has no words. */
SEC("syscall")
int value_in_arena(void *context)
{
    register __u64 *place asm("r1") = &also_in_arena;
    asm volatile(".byte 0xbf, 0x11; .short 1; .long 1" : "+r"(place));
    return *place;
}

char licence[] SEC("license") = "GPL";
