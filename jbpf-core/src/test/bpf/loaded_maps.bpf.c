// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Maps that a loader has to do something about before and after the programs are loaded.
#include "test.h"

struct inner {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, __u64);
} first SEC(".maps"), second SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 4);
    __type(key, __u32);
    __array(values, struct inner);
} filled SEC(".maps") = {
    .values = {[1] = &first, [3] = &second},
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
    __uint(max_entries, 4);
    __type(key, __u64);
    __array(values, struct {
        __uint(type, BPF_MAP_TYPE_HASH);
        __uint(max_entries, 8);
        __type(key, __u32);
        __type(value, __u32);
    });
} empty SEC(".maps");

int jumped_to(void *context);

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 2);
    __uint(key_size, sizeof(__u32));
    __array(values, int(void *));
} jumps SEC(".maps") = {
    .values = {[1] = (void *)&jumped_to},
};

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 5000);
} ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
    __type(key, int);
    __type(value, int);
} samples SEC(".maps");

struct bpf_spin_lock {
    __u32 val;
};

struct bpf_timer {
    __u64 opaque[2];
} __attribute__((aligned(8)));

struct task_struct;

struct guarded {
    struct bpf_spin_lock lock;
    __u32 count;
    struct bpf_timer timer;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4);
    __type(key, __u32);
    __type(value, struct guarded);
} guards SEC(".maps");

struct held {
    struct task_struct *task __attribute__((btf_type_tag("kptr_untrusted")));
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct held);
} tasks SEC(".maps");

static long (*const bpf_spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static long (*const bpf_spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;

struct configuration {
    int numbers[4];
    char name[12];
};

const volatile struct configuration defaults SEC(".rodata.defaults") = {{1, 2, 3, 4}, "configured"};
__u64 own_bss SEC(".bss.own");
__s16 own_data SEC(".data.own") = -3;
__s8 small = -1;
char text[] = "hello";
static volatile __u32 private_count;

SEC("socket")
int jumped_to(void *context)
{
    return 77;
}

SEC("socket")
int jumps_away(void *context)
{
    bpf_tail_call(context, &jumps, 1);
    return 0;
}

SEC("socket")
int reads_inner_maps(void *context)
{
    __u32 slot = 3, key = 1;
    __u64 name = 5;
    void *inner = bpf_map_lookup_elem(&filled, &slot);
    __u64 *value = inner ? bpf_map_lookup_elem(inner, &key) : 0;

    bpf_map_lookup_elem(&empty, &name);
    return value ? (int)*value : -1;
}

SEC("socket")
int uses_strings(void *context)
{
    const char *expected = "hello";

    // Or the compiler would compare with the characters, and there would be no string.
    asm volatile("" : "+r"(expected));
    own_bss += defaults.numbers[3];
    small++;
    own_data--;
    private_count++;
    for (unsigned int i = 0; i < sizeof(text); i++) {
        if (text[i] != expected[i]) {
            return 1;
        }
    }
    return 0;
}

SEC("tc")
int locks(void *context)
{
    __u32 key = 0;
    struct guarded *guard = bpf_map_lookup_elem(&guards, &key);

    bpf_map_lookup_elem(&tasks, &key);
    if (!guard) {
        return 0;
    }
    bpf_spin_lock(&guard->lock);
    guard->count++;
    bpf_spin_unlock(&guard->lock);
    return guard->count;
}

char licence[] SEC("license") = "GPL";
