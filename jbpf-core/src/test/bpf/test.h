/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* What the test programs need of linux/bpf.h and of libbpf's macros, in our own words: nothing comes from the machine. */
#ifndef JBPF_TEST_H
#define JBPF_TEST_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;

#define SEC(name) __attribute__((section(name), used))
#define __noinline __attribute__((noinline))
#define __hidden __attribute__((visibility("hidden")))

#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
#define __array(name, value) typeof(value) *name[]
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define __ulong(name, value) enum { JOIN(unique_value_, __COUNTER__) = value } name

enum {
    BPF_MAP_TYPE_HASH = 1,
    BPF_MAP_TYPE_ARRAY = 2,
    BPF_MAP_TYPE_PROG_ARRAY = 3,
    BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
    BPF_MAP_TYPE_PERCPU_HASH = 5,
    BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
    BPF_MAP_TYPE_HASH_OF_MAPS = 13,
    BPF_MAP_TYPE_RINGBUF = 27,
    BPF_MAP_TYPE_BLOOM_FILTER = 30,
    BPF_MAP_TYPE_ARENA = 33,
};

static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;
static long (*const bpf_probe_read)(void *to, __u32 size, const void *unsafe) = (void *)4;
static long (*const bpf_tail_call)(void *context, void *programs, __u32 index) = (void *)12;
static void *(*const bpf_get_current_task)(void) = (void *)35;
static long (*const bpf_for_each_map_elem)(void *map, void *callback, void *context, __u64 flags) = (void *)164;

#endif
