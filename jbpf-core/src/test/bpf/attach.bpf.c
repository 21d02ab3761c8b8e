// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* What LinkTest attaches: each program counts in a slot of its own what it saw of one process or one interface. */
#include <jbpf/bpf.h>

char LICENSE[] SEC("license") = "GPL";

/* Set by the test before the load. */
const volatile __u32 watched_tgid;
const volatile __u64 watched_syscall;

enum slot { RAW_TRACEPOINT, TRACEPOINT, INGRESS, SLOTS };

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, SLOTS);
    __type(key, __u32);
    __type(value, __u64);
} hits SEC(".maps");

static __always_inline void hit(enum slot slot)
{
    __u32 key = slot;
    __u64 *count = bpf_map_lookup_elem(&hits, &key);

    if (count)
        *count += 1;
}

static __always_inline int watched(__u64 syscall)
{
    return bpf_get_current_pid_tgid() >> 32 == watched_tgid && syscall == watched_syscall;
}

SEC("raw_tp/sys_enter")
int on_raw_tracepoint(struct bpf_raw_tracepoint_args *ctx)
{
    if (watched(ctx->args[1]))
        hit(RAW_TRACEPOINT);
    return 0;
}

/* events/raw_syscalls/sys_enter/format */
struct sys_enter_record {
    __u64 common;
    __u64 id;
};

SEC("tracepoint/raw_syscalls/sys_enter")
int on_tracepoint(struct sys_enter_record *ctx)
{
    if (watched(ctx->id))
        hit(TRACEPOINT);
    return 0;
}

SEC("tcx/ingress")
int on_ingress(struct __sk_buff *skb)
{
    hit(INGRESS);
    return -1; /* TCX_NEXT */
}

SEC("tcx/ingress")
int drop_all(struct __sk_buff *skb)
{
    return 2; /* TCX_DROP */
}

/* Not loaded unless asked for: it reads a map value without asking whether there is one. */
SEC("?raw_tp/sys_enter")
int reads_without_asking(struct bpf_raw_tracepoint_args *ctx)
{
    __u32 key = ctx->args[1]; /* newer verifiers know that an array has its constant slots */
    __u64 *count = bpf_map_lookup_elem(&hits, &key);

    return *count;
}

JBPF_CORE_BEGIN
struct task_struct {
    int tgid;
    int no_such_field;
};
JBPF_CORE_END

/* Not loaded unless asked for: no kernel has that field. */
SEC("?raw_tp/sys_enter")
int asks_for_a_missing_field(struct bpf_raw_tracepoint_args *ctx)
{
    struct task_struct *task = bpf_get_current_task();
    int value;

    return core_read(&value, &task->no_such_field) ? 0 : value;
}
