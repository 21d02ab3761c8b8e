// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Programs that use maps of the special types, for MapViewsTest. Each is loaded by itself: older kernels lack some.
#include "test.h"

enum {
    BPF_MAP_TYPE_STACK_TRACE = 7,
    BPF_MAP_TYPE_CGROUP_ARRAY = 8,
    BPF_MAP_TYPE_LPM_TRIE = 11,
    BPF_MAP_TYPE_DEVMAP = 14,
    BPF_MAP_TYPE_SOCKMAP = 15,
    BPF_MAP_TYPE_CPUMAP = 16,
    BPF_MAP_TYPE_XSKMAP = 17,
    BPF_MAP_TYPE_CGROUP_STORAGE = 19,
    BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE = 21,
    BPF_MAP_TYPE_QUEUE = 22,
    BPF_MAP_TYPE_STACK = 23,
    BPF_MAP_TYPE_SK_STORAGE = 24,
    BPF_MAP_TYPE_INODE_STORAGE = 28,
    BPF_MAP_TYPE_TASK_STORAGE = 29,
    BPF_MAP_TYPE_CGRP_STORAGE = 32,
    BPF_F_NO_PREALLOC = 1,
    BPF_F_MMAPABLE = 1024,
    BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
    XDP_PASS = 2,
};

struct cgroup;

struct css_set {
    struct cgroup *dfl_cgrp;
} __attribute__((preserve_access_index));

struct task_struct {
    struct task_struct *group_leader;
    struct css_set *cgroups;
} __attribute__((preserve_access_index));

static long (*const bpf_get_stackid)(void *context, void *map, __u64 flags) = (void *)27;
static long (*const bpf_current_task_under_cgroup)(void *map, __u32 index) = (void *)37;
static long (*const bpf_redirect_map)(void *map, __u64 key, __u64 flags) = (void *)51;
static long (*const bpf_sk_release)(void *socket) = (void *)86;
static void *(*const bpf_sk_fullsock)(void *socket) = (void *)95;
static void *(*const bpf_sk_storage_get)(void *map, void *socket, void *value, __u64 flags) = (void *)107;
static void *(*const bpf_get_local_storage)(void *map, __u64 flags) = (void *)81;
static long (*const bpf_perf_event_read_value)(void *map, __u64 flags, void *value, __u32 size) = (void *)55;
static void *(*const bpf_inode_storage_get)(void *map, void *inode, void *value, __u64 flags) = (void *)145;
static long (*const bpf_map_pop_elem)(void *map, void *value) = (void *)88;
static long (*const bpf_map_push_elem)(void *map, const void *value, __u64 flags) = (void *)87;
static long (*const bpf_map_peek_elem)(void *map, void *value) = (void *)89;
static long (*const bpf_spin_lock)(void *lock) = (void *)93;
static long (*const bpf_spin_unlock)(void *lock) = (void *)94;
static void *(*const bpf_task_storage_get)(void *map, void *task, void *value, __u64 flags) = (void *)156;
static struct task_struct *(*const bpf_get_current_task_btf)(void) = (void *)158;
static void *(*const bpf_cgrp_storage_get)(void *map, void *cgroup, void *value, __u64 flags) = (void *)210;

struct bpf_spin_lock {
    __u32 val;
};

struct prefix {
    __u32 length;
    __u8 address[4];
};

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 16);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix);
    __type(value, __u32);
} routes SEC(".maps");

SEC("tc")
int finds_route(void *context)
{
    struct prefix key = {.length = 32, .address = {10, 1, 2, 3}};
    __u32 *route = bpf_map_lookup_elem(&routes, &key);

    return route ? *route : 0;
}

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
} tenants SEC(".maps");

SEC("tc")
int reads_tenant(void *context)
{
    __u64 tenant = 1ull << 40;
    __u32 key = 1;
    void *inner = bpf_map_lookup_elem(&tenants, &tenant);
    __u32 *value = inner ? bpf_map_lookup_elem(inner, &key) : 0;

    return value ? *value : 0;
}

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 4);
} jumps SEC(".maps");

SEC("tc")
int jumps_away(void *context)
{
    bpf_tail_call(context, &jumps, 2);
    return 1;
}

SEC("tc")
int jumped_to(void *context)
{
    return 77;
}

struct {
    __uint(type, BPF_MAP_TYPE_QUEUE);
    __uint(max_entries, 4);
    __type(value, __u64);
} queue SEC(".maps");

SEC("tc")
int pushes(void *context)
{
    __u64 value = 4711;

    return bpf_map_push_elem(&queue, &value, 0);
}

struct {
    __uint(type, BPF_MAP_TYPE_STACK);
    __uint(max_entries, 4);
    __type(value, __u64);
} stack SEC(".maps");

SEC("tc")
int pops(void *context)
{
    __u64 value = 0;

    bpf_map_pop_elem(&stack, &value);
    return value;
}

struct {
    __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
    __uint(max_entries, 1);
    __uint(key_size, 4);
    __uint(value_size, 4);
} counters SEC(".maps");

struct perf_event_value {
    __u64 counter;
    __u64 enabled;
    __u64 running;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct perf_event_value);
} readings SEC(".maps");

/* linux/bpf.h: the task's own event is at index 0 */
SEC("raw_tp/sys_enter")
int reads_counter(void *context)
{
    struct perf_event_value value = {};
    __u32 key = 0;
    long error = bpf_perf_event_read_value(&counters, 0, &value, sizeof(value));

    bpf_map_update_elem(&readings, &key, &value, 0);
    return error;
}

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 2);
    __type(key, __u32);
    __array(values, struct {
        __uint(type, BPF_MAP_TYPE_ARRAY);
        __uint(max_entries, 1);
        __type(key, __u32);
        __type(value, __u32);
    });
} rows SEC(".maps");

SEC("tc")
int reads_row(void *context)
{
    __u32 row = 1;
    __u32 key = 0;
    void *inner = bpf_map_lookup_elem(&rows, &row);
    __u32 *value = inner ? bpf_map_lookup_elem(inner, &key) : 0;

    return value ? *value : 0;
}

struct {
    __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
    __uint(max_entries, 100);
    __type(value, __u64);
} seen SEC(".maps");

SEC("tc")
int has_seen(void *context)
{
    __u64 value = 4711;

    return bpf_map_peek_elem(&seen, &value) == 0;
}

struct guarded {
    struct bpf_spin_lock lock;
    __u32 first;
    __u32 second;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct guarded);
} guards SEC(".maps");

SEC("tc")
int counts_under_lock(void *context)
{
    __u32 key = 0;
    struct guarded *guard = bpf_map_lookup_elem(&guards, &key);

    if (!guard) {
        return 0;
    }
    bpf_spin_lock(&guard->lock);
    guard->first++;
    guard->second++;
    bpf_spin_unlock(&guard->lock);
    return 1;
}

struct cell {
    __u64 count;
    __u64 limit;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 4);
    __uint(map_flags, BPF_F_MMAPABLE);
    __type(key, __u32);
    __type(value, struct cell);
} cells SEC(".maps");

SEC("tc")
int adds_to_cell(void *context)
{
    __u32 key = 2;
    struct cell *cell = bpf_map_lookup_elem(&cells, &key);

    if (!cell) {
        return 0;
    }
    __sync_fetch_and_add(&cell->count, 3);
    return cell->limit;
}

struct {
    __uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
    __uint(max_entries, 0);
    __uint(key_size, 16);
    __type(value, __u64);
} cgroup_packets SEC(".maps");

SEC("cgroup_skb/egress")
int counts_packets(void *context)
{
    __u64 *count = bpf_get_local_storage(&cgroup_packets, 0);

    __sync_fetch_and_add(count, 1);
    return 1;
}

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
    __uint(max_entries, 0);
    __uint(key_size, 16);
    __type(value, __u64);
} cgroup_cpu_packets SEC(".maps");

SEC("cgroup_skb/egress")
int counts_packets_per_cpu(void *context)
{
    __u64 *count = bpf_get_local_storage(&cgroup_cpu_packets, 0);

    *count += 1;
    return 1;
}

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(max_entries, 0);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, __u64);
} processes SEC(".maps");

SEC("raw_tp/sys_enter")
int counts_in_process(void *context)
{
    struct task_struct *task = bpf_get_current_task_btf();
    __u64 *count = bpf_task_storage_get(&processes, task->group_leader, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

    if (!count) {
        return 0;
    }
    *count += 1;
    return *count;
}

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(max_entries, 0);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, __u64);
} sockets SEC(".maps");

/* linux/bpf.h; the members before sk are of no interest here */
struct __sk_buff {
    __u32 before[42];
    void *sk;
};

SEC("cgroup_skb/egress")
int counts_in_socket(struct __sk_buff *packet)
{
    void *socket = packet->sk;
    __u64 *count;

    if (!socket) {
        return 1;
    }
    socket = bpf_sk_fullsock(socket);
    if (!socket) {
        return 1;
    }
    // Not created: it counts for those alone that have a value.
    count = bpf_sk_storage_get(&sockets, socket, 0, 0);
    if (count) {
        __sync_fetch_and_add(count, 1);
    }
    return 1;
}

struct {
    __uint(type, BPF_MAP_TYPE_INODE_STORAGE);
    __uint(max_entries, 0);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, __u64);
} inodes SEC(".maps");

struct inode;

struct file {
    struct inode *f_inode;
} __attribute__((preserve_access_index));

/* int file_open(struct file *file) */
SEC("lsm/file_open")
int counts_in_file(__u64 *arguments)
{
    struct file *file = (struct file *)arguments[0];
    // Not created: it counts for those alone that have a value.
    __u64 *count = bpf_inode_storage_get(&inodes, file->f_inode, 0, 0);

    if (count)
        __sync_fetch_and_add(count, 1);
    return 0;
}

struct {
    __uint(type, BPF_MAP_TYPE_CGRP_STORAGE);
    __uint(max_entries, 0);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, __u64);
} cgroups SEC(".maps");

SEC("raw_tp/sys_enter")
int counts_in_cgroup(void *context)
{
    struct task_struct *task = bpf_get_current_task_btf();
    __u64 *count = bpf_cgrp_storage_get(&cgroups, task->cgroups->dfl_cgrp, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

    if (!count) {
        return 0;
    }
    *count += 1;
    return *count;
}

struct {
    __uint(type, BPF_MAP_TYPE_STACK_TRACE);
    __uint(max_entries, 64);
    __uint(key_size, 4);
    __uint(value_size, 127 * 8);
} stacks SEC(".maps");

SEC("raw_tp/sys_enter")
int keeps_stack(void *context)
{
    return bpf_get_stackid(context, &stacks, 0);
}

struct {
    __uint(type, BPF_MAP_TYPE_DEVMAP);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 8);
} devices SEC(".maps");

SEC("xdp")
int redirects_to_device(void *context)
{
    return bpf_redirect_map(&devices, 2, XDP_PASS);
}

struct {
    __uint(type, BPF_MAP_TYPE_CPUMAP);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 8);
} cpus SEC(".maps");

SEC("xdp")
int redirects_to_cpu(void *context)
{
    return bpf_redirect_map(&cpus, 0, XDP_PASS);
}

struct {
    __uint(type, BPF_MAP_TYPE_XSKMAP);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 4);
} queues SEC(".maps");

SEC("xdp")
int redirects_to_queue(void *context)
{
    return bpf_redirect_map(&queues, 1, XDP_PASS);
}

struct {
    __uint(type, BPF_MAP_TYPE_SOCKMAP);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 8);
} streams SEC(".maps");

SEC("tc")
int finds_socket(void *context)
{
    __u32 key = 1;
    void *socket = bpf_map_lookup_elem(&streams, &key);

    if (!socket) {
        return 0;
    }
    bpf_sk_release(socket);
    return 1;
}

struct {
    __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
    __uint(max_entries, 2);
    __uint(key_size, 4);
    __uint(value_size, 4);
} groups SEC(".maps");

SEC("raw_tp/sys_enter")
int is_in_group(void *context)
{
    return bpf_current_task_under_cgroup(&groups, 1);
}

char licence[] SEC("license") = "GPL";
