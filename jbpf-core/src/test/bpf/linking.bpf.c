// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Everything the linker has to put together: sub-programs that call each other (static, global, hidden), a callback,
// two programs in one section, an optional one, all kinds of data sections, and maps.
#include "test.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 8);
    __type(key, __u32);
    __type(value, __u64);
} counts SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} a_second_map_with_a_long_name SEC(".maps");

const volatile __u32 limit = 7;
const volatile __u8 small_limit = 1;
__u64 total;
__u32 hits[4];
__s32 balance = -5;
static volatile __u32 hidden_counter;
__u64 tuned SEC(".data.tuned") = 42;

static __noinline __u64 deepest(__u64 x)
{
    hidden_counter++;
    return x + limit;
}

static __noinline __u64 deeper(__u64 x)
{
    return deepest(x * 3) ^ deepest(x + 1);
}

__noinline __hidden __u64 concealed(__u64 x)
{
    return deeper(x) + tuned;
}

__noinline __u64 shared(__u64 x)
{
    return deepest(x) + balance;
}

static long visit(void *map, const void *key, void *value, void *context)
{
    total += *(__u64 *)value;
    return 0;
}

SEC("socket")
int first(void *context)
{
    __u32 key = 1;
    __u64 *count = bpf_map_lookup_elem(&counts, &key);
    if (count) {
        __sync_fetch_and_add(count, 1);
    }
    total += concealed(key);
    hits[2] += small_limit;
    return (int)shared(total);
}

SEC("socket")
int second(void *context)
{
    __u32 key = 0;
    __u64 one = 1;
    bpf_map_update_elem(&a_second_map_with_a_long_name, &key, &one, 0);
    return (int)shared(hits[3]);
}

SEC("?socket")
int optional(void *context)
{
    bpf_for_each_map_elem(&counts, visit, 0, 0);
    return 0;
}

SEC("raw_tracepoint/sys_enter")
int traced(void *context)
{
    total++;
    return 0;
}

char licence[] SEC("license") = "Dual BSD/GPL";
