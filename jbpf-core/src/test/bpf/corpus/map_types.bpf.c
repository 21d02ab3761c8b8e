// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Every map type but arena and struct_ops, which have files of their own, and every key that a definition can have.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define MAP(map, map_type, key_bytes, value_bytes, entries)                                                            \
    struct {                                                                                                           \
        __uint(type, map_type);                                                                                        \
        __uint(key_size, key_bytes);                                                                                   \
        __uint(value_size, value_bytes);                                                                               \
        __uint(max_entries, entries);                                                                                  \
    } map SEC(".maps")

struct key {
    __u32 from, to;
    __u16 port;
    __u16 pad;
};

struct value {
    __u64 packets, bytes;
};

struct locked {
    struct bpf_spin_lock lock;
    __u32 count;
};

struct timed {
    struct bpf_timer timer;
    __u64 fired;
};

struct task_struct {
    int pid;
} __attribute__((preserve_access_index));

struct referring {
    struct task_struct __attribute__((btf_type_tag("kptr"))) * task;
};

MAP(array, BPF_MAP_TYPE_ARRAY, 4, 8, 4);
MAP(percpu_array, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 4);
MAP(percpu_hash, BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 4);
MAP(lru_hash, BPF_MAP_TYPE_LRU_HASH, 4, 8, 4);
MAP(lru_percpu_hash, BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 4);
MAP(stack_trace, BPF_MAP_TYPE_STACK_TRACE, 4, 80, 4);
MAP(cgroup_array, BPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 4);
MAP(devmap, BPF_MAP_TYPE_DEVMAP, 4, 4, 4);
MAP(devmap_hash, BPF_MAP_TYPE_DEVMAP_HASH, 4, 8, 4);
MAP(cpumap, BPF_MAP_TYPE_CPUMAP, 4, 8, 1);
MAP(xskmap, BPF_MAP_TYPE_XSKMAP, 4, 4, 4);
MAP(sockmap, BPF_MAP_TYPE_SOCKMAP, 4, 4, 4);
MAP(sockhash, BPF_MAP_TYPE_SOCKHASH, 4, 4, 4);
MAP(reuseport, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 8, 4);
MAP(queue, BPF_MAP_TYPE_QUEUE, 0, 8, 4);
MAP(stack, BPF_MAP_TYPE_STACK, 0, 8, 4);

struct {
    __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
    __uint(key_size, 4);
    __uint(value_size, 4);
} perf_events SEC(".maps"); /* as many as CPUs */

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 5000); /* rounded up to 8192 */
} ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_USER_RINGBUF);
    __uint(max_entries, 4096);
} user_ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(key_size, 8);
    __uint(value_size, 8);
    __uint(max_entries, 4);
} trie SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
    __type(value, __u64);
    __uint(max_entries, 100);
    __uint(map_extra, 3);
} bloom SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, struct key);
    __type(value, struct value);
    __uint(max_entries, 16);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} typed SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, sizeof(struct key));
    __type(value, struct value);
    __uint(max_entries, 16);
    __uint(map_flags, BPF_F_NUMA_NODE);
    __uint(numa_node, 0);
} on_a_node SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, __u64);
    __uint(max_entries, 1);
    __uint(pinning, LIBBPF_PIN_BY_NAME);
} pinned SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, __u64);
    __uint(max_entries, 1);
    __uint(pinning, LIBBPF_PIN_NONE);
    __uint(map_flags, BPF_F_MMAPABLE);
} not_pinned SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, struct locked);
    __uint(max_entries, 1);
} locks SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, struct timed);
    __uint(max_entries, 1);
} timers SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, struct referring);
    __uint(max_entries, 1);
} references SEC(".maps");

#define STORAGE(map, map_type)                                                                                         \
    struct {                                                                                                           \
        __uint(type, map_type);                                                                                        \
        __uint(map_flags, BPF_F_NO_PREALLOC);                                                                          \
        __type(key, int);                                                                                              \
        __type(value, __u64);                                                                                          \
    } map SEC(".maps")

STORAGE(sk_storage, BPF_MAP_TYPE_SK_STORAGE);
STORAGE(task_storage, BPF_MAP_TYPE_TASK_STORAGE);
STORAGE(inode_storage, BPF_MAP_TYPE_INODE_STORAGE);
STORAGE(cgrp_storage, 32); /* BPF_MAP_TYPE_CGRP_STORAGE, younger than some headers */

struct {
    __uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
    __type(key, struct bpf_cgroup_storage_key);
    __type(value, __u64);
} cgroup_storage SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
    __type(key, struct bpf_cgroup_storage_key);
    __type(value, __u64);
} percpu_cgroup_storage SEC(".maps");

struct inner {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, __u64);
    __uint(max_entries, 2);
} inner_one SEC(".maps"), inner_two SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(key_size, 4);
    __uint(max_entries, 3);
    __array(values, struct inner);
} array_of_maps SEC(".maps") = {.values = {[0] = &inner_one, [2] = &inner_two}};

struct {
    __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
    __type(key, __u32);
    __uint(max_entries, 3);
    __array(
        values, struct {
            __uint(type, BPF_MAP_TYPE_HASH);
            __type(key, __u32);
            __type(value, struct value);
            __uint(max_entries, 8);
        });
} hash_of_maps SEC(".maps");

int tail(void *context);

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(key_size, 4);
    __uint(max_entries, 2);
    __array(values, int(void *));
} tails SEC(".maps") = {.values = {[1] = (void *)&tail}};

static int fired(void *map, __u32 *key, struct timed *value)
{
    value->fired++;
    return 0;
}

SEC("tc")
int tail(void *context)
{
    return 2;
}

SEC("tc")
int uses_maps(struct __sk_buff *packet)
{
    struct key key = {.from = packet->len};
    struct value *counted = bpf_map_lookup_elem(&typed, &key);
    __u64 one = 1;
    __u32 slot = 0;
    void *inner = bpf_map_lookup_elem(&array_of_maps, &slot);

    if (counted) {
        __sync_fetch_and_add(&counted->packets, 1);
    }
    if (inner) {
        bpf_map_update_elem(inner, &slot, &one, BPF_ANY);
    }
    bpf_map_push_elem(&queue, &one, 0);
    bpf_map_push_elem(&bloom, &one, 0);
    bpf_tail_call(packet, &tails, 1);
    return 0;
}

SEC("tc")
int takes_a_lock(struct __sk_buff *packet)
{
    __u32 slot = 0;
    struct locked *value = bpf_map_lookup_elem(&locks, &slot);

    if (value) {
        bpf_spin_lock(&value->lock);
        value->count++;
        bpf_spin_unlock(&value->lock);
    }
    return 0;
}

SEC("tc")
int starts_a_timer(struct __sk_buff *packet)
{
    __u32 slot = 0;
    struct timed *value = bpf_map_lookup_elem(&timers, &slot);

    if (value) {
        bpf_timer_init(&value->timer, &timers, 1);
        bpf_timer_set_callback(&value->timer, fired);
        bpf_timer_start(&value->timer, 1000000, 0);
    }
    return 0;
}

SEC("xdp")
int redirects(struct xdp_md *packet)
{
    return bpf_redirect_map(&devmap, packet->ingress_ifindex & 3, XDP_PASS);
}

SEC("cgroup_skb/ingress")
int counts_by_cgroup(struct __sk_buff *packet)
{
    __u64 *count = bpf_get_local_storage(&cgroup_storage, 0);

    *count += 1;
    return 1;
}

SEC("tp_btf/sys_enter")
int counts_by_task(void *context)
{
    __u64 *count = bpf_task_storage_get(&task_storage, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

    if (count) {
        *count += 1;
    }
    return 0;
}

SEC("raw_tp/sys_enter")
int reports(struct bpf_raw_tracepoint_args *context)
{
    __u64 *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
    __u64 number = context->args[1];

    if (event) {
        *event = number;
        bpf_ringbuf_submit(event, 0);
    }
    bpf_perf_event_output(context, &perf_events, BPF_F_CURRENT_CPU, &number, sizeof(number));
    return bpf_get_stackid(context, &stack_trace, 0) < 0;
}

char licence[] SEC("license") = "GPL";
