// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * Counts system calls, per process and per kind of call, of those who are watched.
 *
 * One attachment serves the whole machine: what a system call costs does not grow with the number of targets. A target
 * is a set of processes under one number; whoever is watched is found in one of two maps:
 *
 *   watched_cgroups    id of a cgroup (v2) -> target. A process counts because it is in the cgroup now, so one that was
 *                      moved in later, or was there before us, counts too. A cgroup made below a watched one inherits
 *                      its target when it is made, before anybody can be in it (inherit_cgroup).
 *   watched_tgids      process (thread group) id -> target. Children inherit at fork, before their first instruction
 *                      (follow_fork); the entry goes when the last thread does (note_exit).
 *
 * A process that is in both counts for both.
 *
 * Both counters are incremented at the system call itself, each CPU its own copy, so that no increment is lost and none
 * waits: the total of a target never falls when a process ends. Where a map is full, that is counted in `dropped`.
 *
 * A plain += on a per-CPU value is exact: system calls are entered in process context and the kernel runs raw
 * tracepoint programs of sys_enter with preemption off, so the one program that counts never meets itself on a CPU.
 */
#include <jbpf/bpf.h>

/* The kernel lets only GPL-compatible programs use the tracing helpers; this is its word for our other licence. */
char LICENSE[] SEC("license") = "GPL";

/* Native system call numbers have room below 512 for years to come; the highest of Linux 7.2 is 471. */
#define SYSCALL_NUMBERS 512

/* In the place of a number: whatever is outside the table, so that nobody can fill the map with made-up numbers. */
#define SYSCALL_UNKNOWN 0xffff

/* How the call was made: the same number means another call in another table. */
#define ABI_NATIVE 0
#define ABI_COMPAT 1 /* 32-bit: ia32 on x86_64, arm on aarch64 */
#define ABI_X32 2

#define X32_SYSCALL_BIT 0x40000000 /* asm/unistd.h, x86_64 */
#define TS_COMPAT 0x0002 /* asm/thread_info.h, x86 */
#define TIF_32BIT (1UL << 22) /* asm/thread_info.h, aarch64 */

JBPF_CORE_BEGIN

struct thread_info {
    unsigned long flags;
    __u32 status; /* x86 only */
};

struct atomic {
    int counter;
};

struct signal_struct {
    struct atomic live; /* threads not yet exited */
};

struct task_struct {
    struct thread_info thread_info;
    int tgid;
    struct signal_struct *signal;
};

struct kernfs_node {
    __u64 id;
};

/* Until 5.4 the id was a union; the same 64 bits. */
struct kernfs_node___before_5_5 {
    union {
        __u64 id;
    } id;
};

struct cgroup_root {
    int hierarchy_id;
};

struct cgroup;

struct cgroup_subsys_state {
    struct cgroup *cgroup;
    struct cgroup_subsys_state *parent;
};

struct cgroup {
    struct cgroup_subsys_state self;
    struct kernfs_node *kn;
    struct cgroup_root *root;
};

JBPF_CORE_END

#define TARGET_ACTIVE 1
#define TARGET_COUNTS_UNKNOWN 2 /* numbers outside the table */
#define TARGET_COUNTS_FOREIGN 4 /* calls by another ABI than the native one */

struct target {
    __u32 flags;
    __u32 reserved;
    __u64 syscalls[SYSCALL_NUMBERS / 64]; /* bit n of the whole: count native call n */
};

/* Which of the two watched_* maps hold anything: a system call looks only there. */
struct settings {
    __u32 watches_cgroups;
    __u32 watches_processes;
};

struct process_key {
    __u32 target;
    __u32 tgid;
};

struct process_count {
    __u64 count;
    __u64 ended; /* not 0 on one CPU: the process has ended, its entry may be removed */
};

struct syscall_key {
    __u32 target;
    __u16 number;
    __u16 abi;
};

enum dropped {
    DROPPED_PROCESS, /* a call missing in process_counts, for want of room */
    DROPPED_SYSCALL, /* a call missing in syscall_counts */
    DROPPED_CGROUP, /* a cgroup that did not inherit */
    DROPPED_FORK, /* a child that did not inherit */
    DROPPED_KINDS,
};

/* The sizes are what a node with some 200 pods needs; the loader may set others. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct settings);
} settings SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 512);
    __type(key, __u32);
    __type(value, struct target);
} targets SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __type(key, __u64);
    __type(value, __u32);
} watched_cgroups SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 8192);
    __type(key, __u32);
    __type(value, __u32);
} watched_tgids SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
    __uint(max_entries, 8192);
    __type(key, struct process_key);
    __type(value, struct process_count);
} process_counts SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
    __uint(max_entries, 16384);
    __type(key, struct syscall_key);
    __type(value, __u64);
} syscall_counts SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, DROPPED_KINDS);
    __type(key, __u32);
    __type(value, __u64);
} dropped SEC(".maps");

static __always_inline void drop(enum dropped kind)
{
    __u32 key = kind;
    __u64 *count = bpf_map_lookup_elem(&dropped, &key);

    if (count)
        *count += 1;
}

static __always_inline __u32 current_tgid(void)
{
    return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline struct settings *current_settings(void)
{
    __u32 zero = 0;

    return bpf_map_lookup_elem(&settings, &zero);
}

static __always_inline __u16 abi_of(__u64 number)
{
    struct task_struct *task = bpf_get_current_task();

    if (core_field_exists(task->thread_info.status)) {
        __u32 status = 0;

        core_read(&status, &task->thread_info.status);
        if (status & TS_COMPAT)
            return ABI_COMPAT;
        /* A number is an int to the kernel, and -1 (a call that a tracer took away) has every bit. */
        return (__s32)number > 0 && (number & X32_SYSCALL_BIT) ? ABI_X32 : ABI_NATIVE;
    } else {
        unsigned long flags = 0;

        core_read(&flags, &task->thread_info.flags);
        return flags & TIF_32BIT ? ABI_COMPAT : ABI_NATIVE;
    }
}

/* Is this call one that the target wants counted? */
static __always_inline int selected(const struct target *target, __u16 number, __u16 abi)
{
    if (abi != ABI_NATIVE)
        return target->flags & TARGET_COUNTS_FOREIGN;
    if (number >= SYSCALL_NUMBERS)
        return target->flags & TARGET_COUNTS_UNKNOWN;
    return (target->syscalls[(number / 64) % (SYSCALL_NUMBERS / 64)] >> (number % 64)) & 1;
}

/*
 * The first call makes the entry. Two CPUs may be first at once: NOEXIST lets one win, and the other finds the winner's
 * entry when it looks again, instead of wiping it.
 */
static __always_inline void count_process(__u32 target)
{
    struct process_key key = {.target = target, .tgid = current_tgid()};
    struct process_count *value = bpf_map_lookup_elem(&process_counts, &key);

    if (!value) {
        struct process_count none = {};

        bpf_map_update_elem(&process_counts, &key, &none, BPF_NOEXIST);
        value = bpf_map_lookup_elem(&process_counts, &key);
    }
    if (value)
        value->count += 1;
    else
        drop(DROPPED_PROCESS);
}

static __always_inline void count_syscall(__u32 target, __u16 number, __u16 abi)
{
    struct syscall_key key = {.target = target, .number = number, .abi = abi};
    __u64 *value = bpf_map_lookup_elem(&syscall_counts, &key);

    if (!value) {
        __u64 none = 0;

        bpf_map_update_elem(&syscall_counts, &key, &none, BPF_NOEXIST);
        value = bpf_map_lookup_elem(&syscall_counts, &key);
    }
    if (value)
        *value += 1;
    else
        drop(DROPPED_SYSCALL);
}

static __always_inline void count(__u32 id, __u64 raw_number)
{
    struct target *target = bpf_map_lookup_elem(&targets, &id);
    __u16 abi, number;

    if (!target || !(target->flags & TARGET_ACTIVE))
        return;
    abi = abi_of(raw_number);
    if (abi == ABI_X32)
        raw_number &= ~(__u64)X32_SYSCALL_BIT;
    number = raw_number < SYSCALL_NUMBERS ? raw_number : SYSCALL_UNKNOWN;
    if (!selected(target, number, abi))
        return;
    count_process(id);
    count_syscall(id, number, abi);
}

/* Raw tracepoint sys_enter: (struct pt_regs *regs, long number). */
SEC("raw_tp/sys_enter")
int count_syscalls(struct bpf_raw_tracepoint_args *ctx)
{
    struct settings *watching = current_settings();

    if (!watching)
        return 0;
    if (watching->watches_cgroups) {
        __u64 cgroup = bpf_get_current_cgroup_id();
        __u32 *target = bpf_map_lookup_elem(&watched_cgroups, &cgroup);

        if (target)
            count(*target, ctx->args[1]);
    }
    if (watching->watches_processes) {
        __u32 tgid = current_tgid();
        __u32 *target = bpf_map_lookup_elem(&watched_tgids, &tgid);

        if (target)
            count(*target, ctx->args[1]);
    }
    return 0;
}

/*
 * A process id that comes round again is another process: what is left of an ended one that had it, and that nobody has
 * collected, makes room. (It stays in the totals.)
 */
static __always_inline void forget_namesake(__u32 target, __u32 tgid)
{
    struct process_key key = {.target = target, .tgid = tgid};

    bpf_map_delete_elem(&process_counts, &key);
}

/*
 * Raw tracepoint sched_process_fork: (struct task_struct *parent, struct task_struct *child). Runs in the one that
 * forks, before the child is woken; for a new thread too, whose process is followed already.
 */
SEC("raw_tp/sched_process_fork")
int follow_fork(struct bpf_raw_tracepoint_args *ctx)
{
    const struct task_struct *child = (const void *)ctx->args[1];
    struct settings *watching = current_settings();
    __u32 parent = current_tgid();
    __u32 *target, tgid = 0;

    if (!watching)
        return 0;
    core_read(&tgid, &child->tgid);
    if (tgid == parent)
        return 0;
    if (watching->watches_cgroups) {
        __u64 cgroup = bpf_get_current_cgroup_id();

        target = bpf_map_lookup_elem(&watched_cgroups, &cgroup);
        if (target)
            forget_namesake(*target, tgid);
    }
    if (watching->watches_processes) {
        target = bpf_map_lookup_elem(&watched_tgids, &parent);
        if (target) {
            __u32 inherited = *target;

            forget_namesake(inherited, tgid);
            if (bpf_map_update_elem(&watched_tgids, &tgid, &inherited, BPF_ANY))
                drop(DROPPED_FORK);
        }
    }
    return 0;
}

static __always_inline void mark_ended(__u32 target, __u32 tgid)
{
    struct process_key key = {.target = target, .tgid = tgid};
    struct process_count *value = bpf_map_lookup_elem(&process_counts, &key);

    if (value)
        value->ended = 1;
}

/*
 * Raw tracepoint sched_process_exit: (struct task_struct *task). Runs in every thread that exits, after it was taken
 * off signal->live; at zero no thread of the process makes system calls any more. Two threads that exit at once may
 * both see zero: doing this twice does no harm, and the id cannot be another process's before both are gone.
 */
SEC("raw_tp/sched_process_exit")
int note_exit(struct bpf_raw_tracepoint_args *ctx)
{
    const struct task_struct *task = (const void *)ctx->args[0];
    struct settings *watching = current_settings();
    struct signal_struct *signal = 0;
    __u32 tgid = current_tgid();
    __u32 *target;
    int live = 1;

    if (!watching)
        return 0;
    core_read(&signal, &task->signal);
    core_read(&live, &signal->live.counter);
    if (live)
        return 0;
    if (watching->watches_cgroups) {
        __u64 cgroup = bpf_get_current_cgroup_id();

        target = bpf_map_lookup_elem(&watched_cgroups, &cgroup);
        if (target)
            mark_ended(*target, tgid);
    }
    target = bpf_map_lookup_elem(&watched_tgids, &tgid);
    if (target) {
        mark_ended(*target, tgid);
        bpf_map_delete_elem(&watched_tgids, &tgid);
    }
    return 0;
}

/* The id that bpf_get_current_cgroup_id gives for this cgroup; 0 if it is not one of the v2 hierarchy (number 0). */
static __always_inline __u64 id_of(const struct cgroup *cgroup)
{
    struct cgroup_root *root = 0;
    struct kernfs_node *kn = 0;
    int hierarchy = -1;
    __u64 id = 0;

    core_read(&root, &cgroup->root);
    core_read(&hierarchy, &root->hierarchy_id);
    if (hierarchy)
        return 0;
    core_read(&kn, &cgroup->kn);
    if (core_field_exists(kn->id)) {
        core_read(&id, &kn->id);
    } else {
        struct kernfs_node___before_5_5 *old = (void *)kn;

        core_read(&id, &old->id.id);
    }
    return id;
}

/* Raw tracepoint cgroup_mkdir: (struct cgroup *cgroup, const char *path). The directory cannot be used yet. */
SEC("raw_tp/cgroup_mkdir")
int inherit_cgroup(struct bpf_raw_tracepoint_args *ctx)
{
    const struct cgroup *cgroup = (const void *)ctx->args[0];
    __u64 id = id_of(cgroup), parent_id;
    struct cgroup_subsys_state *parent_css = 0;
    struct cgroup *parent = 0;
    __u32 *target, inherited;

    if (!id)
        return 0;
    core_read(&parent_css, &cgroup->self.parent);
    core_read(&parent, &parent_css->cgroup);
    parent_id = id_of(parent);
    target = bpf_map_lookup_elem(&watched_cgroups, &parent_id);
    if (!target)
        return 0;
    inherited = *target;
    if (bpf_map_update_elem(&watched_cgroups, &id, &inherited, BPF_ANY))
        drop(DROPPED_CGROUP);
    return 0;
}

/* Raw tracepoint cgroup_rmdir: (struct cgroup *cgroup, const char *path). Nobody is in it any more. */
SEC("raw_tp/cgroup_rmdir")
int forget_cgroup(struct bpf_raw_tracepoint_args *ctx)
{
    __u64 id = id_of((const void *)ctx->args[0]);

    if (id)
        bpf_map_delete_elem(&watched_cgroups, &id);
    return 0;
}
