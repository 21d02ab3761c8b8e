// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* What the tests of io.jbpf.inspect look at: maps of several kinds, functions, lines, and what is printed. */
#include "test.h"

static long (*const bpf_trace_printk)(const char *format, __u32 size, ...) = (void *)6;

struct flow {
    __u32 from;
    __u16 port;
    char name[6];
};

struct prefix {
    __u32 length;
    __u8 address[4];
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64);
    __type(key, struct flow);
    __type(value, __u64);
} flows SEC(".maps");

struct {
    __uint(type, 6); /* BPF_MAP_TYPE_PERCPU_ARRAY */
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, __u32);
} per_cpu SEC(".maps");

struct {
    __uint(type, 11); /* BPF_MAP_TYPE_LPM_TRIE */
    __uint(max_entries, 4);
    __uint(map_flags, 1); /* BPF_F_NO_PREALLOC */
    __type(key, struct prefix);
    __type(value, __u64);
} prefixes SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 2);
    __uint(key_size, 4);
    __array(values, struct {
        __uint(type, BPF_MAP_TYPE_ARRAY);
        __uint(max_entries, 1);
        __type(key, __u32);
        __type(value, __u32);
    });
} outer SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4);
    __uint(key_size, 3);
    __uint(value_size, 5);
} untyped SEC(".maps");

const volatile __u32 limit = 7;
struct flow latest = {.from = 1, .port = 443, .name = "https"};
__u32 number;

__noinline int doubled(int value)
{
    asm volatile("");
    return value * 2;
}

SEC("tc")
int looks_up(void *context)
{
    __u64 *count = bpf_map_lookup_elem(&flows, &latest);

    if (count && *count > limit)
        return doubled(number);
    return 1;
}

SEC("tc")
int prints(void *context)
{
    char format[] = "jbpf inspect test %u";
    char lines[] = "first of %u\nand second\n";

    bpf_trace_printk(format, sizeof(format), number);
    bpf_trace_printk(lines, sizeof(lines), number);
    return 0;
}

char licence[] SEC("license") = "GPL";
