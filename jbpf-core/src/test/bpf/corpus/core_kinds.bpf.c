// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Every kind of CO-RE relocation and every form of instruction that carries one, asked of the running kernel.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>
#include <stddef.h>

#define CORE __attribute__((preserve_access_index))

struct list_head {
    struct list_head *next, *prev;
} CORE;

struct mm_struct;

struct sched_entity {
    __u64 vruntime;
} CORE;

union either {
    int of_them;
};

struct task_struct {
    int pid;
    int tgid;
    char comm[16];
    struct task_struct *real_parent;
    struct list_head tasks;
    struct sched_entity se;
    unsigned sched_reset_on_fork : 1;
    unsigned in_execve : 1;
    int exit_code;
    struct mm_struct *mm;
    __u64 start_time;
} CORE;

/* The same type as others knew it: the part from ___ on is no part of the name. */
struct task_struct___old {
    long state;
} CORE;

struct task_struct___wrong_size {
    __u32 start_time; /* 64 bits in the kernel */
    __u64 nobody_has_this_field;
} CORE;

struct nobody_has_this_type {
    int x;
} CORE;

struct sk_buff {
    __u32 len;
    union {
        struct net_device *dev; /* in an anonymous union of an anonymous struct */
    };
} CORE;

enum bpf_map_type___kernel { BPF_MAP_TYPE_ARENA___kernel = 1, BPF_NOBODY_HAS_THIS___kernel = 2 };

enum pid_type { PIDTYPE_PID = 77, PIDTYPE_NOBODY_HAS_THIS = 78 };

typedef int (*initcall_t)(void);

#if __clang_major__ >= 15
/* enum64 in BTF: clang 15 and later. */
enum big___local { BIG_VALUE = 0x100000000ULL };
#endif

__u64 out[32];

SEC("raw_tp/sched_switch")
int fields(struct bpf_raw_tracepoint_args *context)
{
    struct task_struct *task = (void *)bpf_get_current_task();

    out[0] = bpf_core_field_offset(struct task_struct, pid);
    out[1] = bpf_core_field_size(struct task_struct, comm);
    out[2] = bpf_core_field_exists(struct task_struct, exit_code);
    out[3] = __builtin_preserve_field_info(task->pid, BPF_FIELD_SIGNED);
    out[4] = BPF_CORE_READ(task, real_parent, real_parent, tgid);
    out[5] = BPF_CORE_READ(task, se.vruntime);
    out[6] = bpf_core_field_offset(struct task_struct, comm[3]);
    BPF_CORE_READ_STR_INTO((char(*)[16])&out[8], task, comm);
    return 0;
}

SEC("raw_tp/sched_switch")
int bit_fields(struct bpf_raw_tracepoint_args *context)
{
    struct task_struct *task = (void *)bpf_get_current_task();

    /* Byte offset, byte size, signedness and both shifts at once. */
    out[0] = BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
    out[1] = BPF_CORE_READ_BITFIELD_PROBED(task, sched_reset_on_fork);
    return 0;
}

SEC("raw_tp/sched_switch")
int types(struct bpf_raw_tracepoint_args *context)
{
    out[0] = bpf_core_type_exists(struct task_struct);
    out[1] = bpf_core_type_exists(struct nobody_has_this_type);
    out[2] = bpf_core_type_size(struct task_struct);
    out[3] = bpf_core_type_size(struct nobody_has_this_type);
    out[4] = bpf_core_type_id_local(struct task_struct);
    out[5] = bpf_core_type_id_kernel(struct task_struct);
    out[6] = bpf_core_type_exists(initcall_t);
#if __clang_major__ >= 15
    out[7] = __builtin_preserve_type_info(*(struct list_head *)0, 2); /* matches */
#endif
    return 0;
}

SEC("raw_tp/sched_switch")
int enums(struct bpf_raw_tracepoint_args *context)
{
    out[0] = bpf_core_enum_value(enum pid_type, PIDTYPE_PID);
    out[1] = bpf_core_enum_value_exists(enum pid_type, PIDTYPE_PID);
    out[2] = bpf_core_enum_value_exists(enum pid_type, PIDTYPE_NOBODY_HAS_THIS);
#if __clang_major__ >= 15
    out[3] = bpf_core_enum_value_exists(enum big___local, BIG_VALUE);
#endif
    return 0;
}

SEC("raw_tp/sched_switch")
int flavours(struct bpf_raw_tracepoint_args *context)
{
    struct task_struct___old *old = (void *)bpf_get_current_task();
    struct task_struct___wrong_size *wrong = (void *)old;

    if (bpf_core_field_exists(old->state)) {
        out[0] = BPF_CORE_READ(old, state);
    }
    /* Poisoned, but the verifier never gets there. */
    if (bpf_core_field_exists(wrong->nobody_has_this_field)) {
        out[1] = BPF_CORE_READ(wrong, nobody_has_this_field);
    }
    return 0;
}

/* Loads themselves are relocated where the kernel lets a program follow its pointers. */
SEC("tp_btf/sched_switch")
int loads(__u64 *arguments)
{
    struct task_struct *previous = (void *)arguments[1];
    struct task_struct___wrong_size *resized = (void *)previous;

    out[0] = previous->pid;
    out[1] = previous->real_parent->tgid;
    out[2] = resized->start_time;
    out[3] = previous->comm[2];
    out[4] = BPF_CORE_READ_BITFIELD(previous, in_execve);
    return 0;
}

/* Stores to a struct of the kernel's, of a register and of a constant. */
SEC("raw_tp/sched_switch")
int stores(struct bpf_raw_tracepoint_args *context)
{
    struct list_head head[2];
    volatile struct list_head *list = head;

    __builtin_memset(head, 0, sizeof(head));
    list->next = (void *)bpf_get_current_task();
    list->prev = NULL;
    out[0] = (__u64)list->next;
    return 0;
}

SEC("raw_tp/sched_switch")
int anonymous(struct bpf_raw_tracepoint_args *context)
{
    out[0] = bpf_core_field_offset(struct sk_buff, dev);
    out[1] = bpf_core_field_exists(struct sk_buff, len);
    return 0;
}

char licence[] SEC("license") = "GPL";
