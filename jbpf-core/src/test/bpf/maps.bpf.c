// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Every key a map definition can have.
#include "test.h"

struct flow {
    __u32 from;
    __u32 to;
    __u16 port;
};

typedef struct {
    __u64 packets;
    __u64 bytes;
} tally;

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __uint(map_flags, 1 | 4);
    __uint(numa_node, 0);
    __type(key, struct flow);
    __type(value, tally);
    __uint(pinning, 1);
} flows SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
    __uint(max_entries, 16);
    __uint(key_size, 4);
    __uint(value_size, 24);
} untyped SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
} events SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
    __type(key, int);
    __type(value, int);
} samples SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
    __uint(max_entries, 100);
    __type(value, __u32);
    __uint(map_extra, 3);
} seen SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
    __uint(max_entries, 100);
    __type(value, __u32);
    __ulong(map_extra, 5);
} seen_too SEC(".maps");

struct inner {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, __u64);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 4);
    __type(key, __u32);
    __array(values, struct inner);
} outer SEC(".maps") = {
    .values = {[1] = &inner_a, [3] = &inner_b},
};

int callee(void *context);

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 2);
    __uint(key_size, sizeof(__u32));
    __array(values, int(void *));
} jumps SEC(".maps") = {
    .values = {[1] = (void *)&callee},
};

SEC("socket")
int callee(void *context)
{
    return 1;
}

SEC("socket")
int caller(void *context)
{
    struct flow key = {};
    __u32 zero = 0;
    bpf_map_lookup_elem(&flows, &key);
    bpf_map_lookup_elem(&outer, &zero);
    bpf_tail_call(context, &jumps, 1);
    return 0;
}

char licence[] SEC("license") = "GPL";
