// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * Counts system calls, per process and per kind of call, of those who are watched.
 *
 * One attachment serves the whole machine: what a system call costs does not grow with the number of targets. A target
 * is a set of processes under one number; whoever is watched is found in one of two maps:
 *
 *   watched_cgroups    a cgroup -> target. A process counts because it is in the cgroup now, so one that was moved in
 *                      later, or was there before us, counts too. A cgroup made below a watched one inherits its target
 *                      when it is made, before anybody can be in it (inherit_cgroup). A process has one cgroup in the v2
 *                      hierarchy and one in each of v1; of v1, those of the memory and the pids controller can be watched.
 *   watched_tgids      process (thread group) id -> target. Children inherit at fork, before their first instruction
 *                      (follow_fork); the entry goes when the last thread does (note_exit).
 *
 * A process that is in several counts for each of them.
 *
 * What is attached are stubs, and they stay: each jumps to the program in its slot of a program array, so that a newer
 * version is put in place by writing the slot, between two system calls, without one uncounted.
 *
 * Both counters are incremented at the system call itself, each CPU its own copy, so that no increment is lost and none
 * waits: the total of a target never falls when a process ends. Where a map is full, that is counted in `events`.
 *
 * A plain += on a per-CPU value is exact: system calls are entered in process context and the kernel runs the program
 * that counts with preemption off, so it never meets itself on a CPU. Since Linux 7.2 that holds of raw and BTF tracepoints
 * no more, but still of classic ones: see count_syscalls_tp, which counts there, and count_missed_btf, which stands in.
 *
 * The layout of the maps is a contract with the next version, which finds them pinned: whoever changes it raises
 * CounterPins.VERSION in Java.
 */
#include <jbpf/tracing.h>

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

/* The numbers are the running kernel's: they depend on what it was built with. */
enum cgroup_subsys_id {
    memory_cgrp_id = 1,
    pids_cgrp_id = 2,
};

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
    unsigned int subsys_mask;
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

struct css_set {
    struct cgroup_subsys_state *subsys[1]; /* one for each controller of the kernel */
    struct cgroup *dfl_cgrp; /* v2 */
};

struct task_struct {
    struct thread_info thread_info;
    int tgid;
    unsigned long nvcsw; /* times it was switched from, */
    unsigned long nivcsw; /* and those of its own will apart */
    __u64 start_time;
    struct signal_struct *signal;
    struct css_set *cgroups;
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

/*
 * A cgroup in one number: its id in its hierarchy, which is its directory's inode, and in the highest byte which
 * hierarchy, since each counts for itself. (Of an id the kernel uses the lower half and, when that is used up, counts on
 * in the upper.)
 */
#define HIERARCHY_V2 0
#define HIERARCHY_MEMORY 1
#define HIERARCHY_PIDS 2
#define HIERARCHIES 3
#define CGROUP_KEY(hierarchy, id) ((__u64)(hierarchy) << 56 ^ (id))

#define WATCHES(hierarchy) (1u << (hierarchy)) /* cgroups of it */
#define WATCHES_PROCESSES (1u << HIERARCHIES)

/*
 * Where a system call has to look. The gate is what keeps the calls of others cheap: a cgroup whose bucket is closed is
 * not watched. Who adds a cgroup opens its bucket in both halves of the map `gate`; nobody closes one in the half in
 * use. Once in a while the other half is written anew and becomes the one in use.
 */
struct settings {
    __u32 watches;
    __u32 generation; /* another number whenever a cgroup may have another target than before */
    __u32 gate_begin; /* of the half in use */
    __u32 gate_mask;
};

/* What a CPU found last, so that it need not look again at the next call. */
struct recent {
    __u64 cgroup;
    __u32 generation;
    __u32 found; /* the target's number and one; 0: not watched */
};

struct process_key {
    __u32 target;
    __u32 tgid;
};

struct process_count {
    __u64 count;
    __u64 ended; /* not 0 on one CPU: the process has ended, its entry may be removed */
};

/* For how many targets a process can have an entry: it may be moved from one to another, and be followed besides. */
#define MEMBERSHIPS 4

struct membership_key {
    __u32 tgid;
    __u32 index; /* below MEMBERSHIPS */
};

struct syscall_key {
    __u32 target;
    __u16 number;
    __u16 abi;
};

enum event {
    DROPPED_PROCESS, /* a call missing in process_counts, for want of room */
    DROPPED_SYSCALL, /* a call missing in syscall_counts */
    DROPPED_CGROUP, /* a cgroup that did not inherit */
    DROPPED_FORK, /* a child that did not inherit */
    DROPPED_ENDED, /* a process whose last count nobody had read when it made room */
    GATE_OPENED, /* nothing lost: a bucket opened by inherit_cgroup */
    EVENTS,
};

/* What a target is: nothing here reads it, but the next loader does. */
struct label {
    __u32 kind;
    __u32 path_length;
    __u64 id;
    __u64 start_time;
    char path[488];
};

/* The version of all that is pinned. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} layout SEC(".maps");

/* The sizes are what a node with some 200 pods needs; the loader may set others. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 512);
    __type(key, __u32);
    __type(value, struct label);
} labels SEC(".maps");

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
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 65536);
    __type(key, __u32);
    __type(value, __u32);
} gate SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, HIERARCHIES);
    __type(key, __u32);
    __type(value, struct recent);
} recents SEC(".maps");

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

/* In which targets' process_counts a process is, so that its end finds its entries wherever it has moved since. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 8192);
    __type(key, struct membership_key);
    __type(value, __u32);
} memberships SEC(".maps");

/*
 * Entries of process_counts whose process has ended and whose last count may still be wanted. There is less room here
 * than in process_counts: whoever ends and finds none is removed at once, so that the dead never keep the living out.
 */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __type(key, struct process_key);
    __type(value, __u32);
} ended SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
    __uint(max_entries, 16384);
    __type(key, struct syscall_key);
    __type(value, __u64);
} syscall_counts SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, EVENTS);
    __type(key, __u32);
    __type(value, __u64);
} events SEC(".maps");

/* What the stubs jump to. Programs on BTF tracepoints are of another type, which wants an array of its own. */
enum slot {
    SLOT_ENTER,
    SLOT_FORK,
    SLOT_EXIT,
    SLOT_MKDIR,
    SLOT_RMDIR,
    SLOTS,
};

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, SLOTS);
    __type(key, __u32);
    __type(value, __u32);
} slots SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} enter_btf_slot SEC(".maps");

/* From here on layout 2. */

/* Of programs on classic tracepoints. */
struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} enter_tp_slot SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} switch_slot SEC(".maps");

/* The thread whose call count_syscalls_tp has seen on this CPU and count_missed_btf has not yet; 0: none. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} seen SEC(".maps");

/* Threads that were preempted between the two: how often each had been switched from then. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, __u32);
    __type(value, __u64);
} seen_before SEC(".maps");

/* Children that could not be followed, by when they were born. What is evicted was noted by both runs of follow_fork before. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, __u32);
    __type(value, __u64);
} unfollowed SEC(".maps");

/* Calls of anybody that count_missed_btf took on. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} rescued SEC(".maps");

/*
 * Adds one to a value of this CPU's: in one instruction where a program that is not `alone` on its CPU may be preempted
 * by another that adds to the same value.
 */
static __always_inline void increase(__u64 *value, int alone)
{
    if (alone)
        *value += 1;
    else
        __sync_fetch_and_add(value, 1);
}

static __always_inline void note(enum event kind)
{
    __u32 key = kind;
    __u64 *count = bpf_map_lookup_elem(&events, &key);

    if (count)
        increase(count, 0);
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

static __always_inline __u32 gate_bucket(__u64 cgroup, __u32 mask)
{
    return (__u32)(cgroup * 0x9e3779b97f4a7c15ULL >> 32) & mask;
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
 * For the end of the process; answers whether there was room. Two threads may come at once, for the same target or for
 * two: NOEXIST gives each a place of its own.
 */
static __always_inline int remember_membership(__u32 tgid, __u32 target)
{
    struct membership_key key = {.tgid = tgid};
    __u32 *other;

#pragma unroll
    for (int i = 0; i < MEMBERSHIPS; i++) {
        key.index = i;
        other = bpf_map_lookup_elem(&memberships, &key);
        if (!other && !bpf_map_update_elem(&memberships, &key, &target, BPF_NOEXIST))
            return 1;
        if (!other)
            other = bpf_map_lookup_elem(&memberships, &key);
        if (other && *other == target)
            return 1;
    }
    return 0;
}

/*
 * The first call makes the entry. Two CPUs may be first at once: NOEXIST lets one win, and the other finds the winner's
 * entry when it looks again, instead of wiping it.
 */
static __always_inline void count_process(__u32 target, __u32 tgid, int alone)
{
    struct process_key key = {.target = target, .tgid = tgid};
    struct process_count *value = bpf_map_lookup_elem(&process_counts, &key);

    if (!value && remember_membership(tgid, target)) {
        struct process_count none = {};

        bpf_map_update_elem(&process_counts, &key, &none, BPF_NOEXIST);
        value = bpf_map_lookup_elem(&process_counts, &key);
    }
    if (value)
        increase(&value->count, alone);
    else
        note(DROPPED_PROCESS);
}

static __always_inline void count_syscall(__u32 target, __u16 number, __u16 abi, int alone)
{
    struct syscall_key key = {.target = target, .number = number, .abi = abi};
    __u64 *value = bpf_map_lookup_elem(&syscall_counts, &key);

    if (!value) {
        __u64 none = 0;

        bpf_map_update_elem(&syscall_counts, &key, &none, BPF_NOEXIST);
        value = bpf_map_lookup_elem(&syscall_counts, &key);
    }
    if (value)
        increase(value, alone);
    else
        note(DROPPED_SYSCALL);
}

/*
 * Reads a field of the kernel's: on a BTF tracepoint (`plain`) by a load, on a raw one by a helper's call. Both are the
 * same code, told apart when it is compiled.
 */
#define READ(plain, to, source)                                                                                        \
    do {                                                                                                               \
        if (plain)                                                                                                     \
            (to) = (source);                                                                                           \
        else                                                                                                           \
            core_read(&(to), &(source));                                                                               \
    } while (0)

static __always_inline __u16 abi_of(const struct task_struct *task, int plain, __u64 number)
{
    if (core_field_exists(task->thread_info.status)) {
        __u32 status = 0;

        READ(plain, status, task->thread_info.status);
        if (status & TS_COMPAT)
            return ABI_COMPAT;
        /* A number is an int to the kernel, and -1 (a call that a tracer took away) has every bit. */
        return (__s32)number > 0 && (number & X32_SYSCALL_BIT) ? ABI_X32 : ABI_NATIVE;
    } else {
        unsigned long flags = 0;

        READ(plain, flags, task->thread_info.flags);
        return flags & TIF_32BIT ? ABI_COMPAT : ABI_NATIVE;
    }
}

static __always_inline void count(
    const struct task_struct *task, int plain, int alone, __u32 id, __u64 raw_number)
{
    struct target *target = bpf_map_lookup_elem(&targets, &id);
    __u16 abi, number;

    if (!target || !(target->flags & TARGET_ACTIVE))
        return;
    abi = abi_of(task, plain, raw_number);
    if (abi == ABI_X32)
        raw_number &= ~(__u64)X32_SYSCALL_BIT;
    number = raw_number < SYSCALL_NUMBERS ? raw_number : SYSCALL_UNKNOWN;
    if (!selected(target, number, abi))
        return;
    count_process(id, current_tgid(), alone);
    count_syscall(id, number, abi, alone);
}

static __always_inline __u64 v2_cgroup(const struct task_struct *task, int plain)
{
    if (plain)
        return task->cgroups->dfl_cgrp->kn->id;
    return bpf_get_current_cgroup_id();
}

static __always_inline __u64 id_of(struct kernfs_node *kn, int plain)
{
    __u64 id = 0;

    if (core_field_exists(kn->id)) {
        READ(plain, id, kn->id);
    } else {
        struct kernfs_node___before_5_5 *old = (void *)kn;

        core_read(&id, &old->id.id);
    }
    return id;
}

/* The id of the caller's cgroup in the v1 hierarchy that has this controller. */
static __always_inline __u64 v1_cgroup(const struct task_struct *task, int plain, __u64 controller)
{
    struct cgroup_subsys_state **states, *state = 0;
    struct css_set *set = 0;
    struct cgroup *cgroup = 0;
    struct kernfs_node *kn = 0;

    READ(plain, set, task->cgroups);
    states = (void *)__builtin_preserve_access_index(&set->subsys);
    if (plain)
        state = states[controller];
    else
        bpf_probe_read(&state, sizeof(state), &states[controller]);
    READ(plain, cgroup, state->cgroup);
    READ(plain, kn, cgroup->kn);
    return id_of(kn, plain);
}

static __always_inline void count_cgroup(const struct task_struct *task, int plain, int alone,
    const struct settings *watching, __u32 hierarchy, __u64 id, __u64 number)
{
    __u64 cgroup = CGROUP_KEY(hierarchy, id);
    __u32 bucket = watching->gate_begin + gate_bucket(cgroup, watching->gate_mask);
    __u32 *open = bpf_map_lookup_elem(&gate, &bucket);
    __u32 generation = watching->generation;
    struct recent *recent;
    __u32 *target;

    if (!open || !*open)
        return;
    if (!alone) {
        /* What the CPU found last is more than one word: only who is alone may write or believe it. */
        target = bpf_map_lookup_elem(&watched_cgroups, &cgroup);
        if (target)
            count(task, plain, alone, *target, number);
        return;
    }
    recent = bpf_map_lookup_elem(&recents, &hierarchy);
    if (!recent)
        return;
    if (recent->cgroup != cgroup || recent->generation != generation) {
        target = bpf_map_lookup_elem(&watched_cgroups, &cgroup);
        recent->cgroup = cgroup;
        recent->generation = generation;
        recent->found = target ? *target + 1 : 0;
    }
    if (recent->found)
        count(task, plain, alone, recent->found - 1, number);
}

static __always_inline int count_call(const struct task_struct *task, int plain, int alone, __u64 number)
{
    struct settings *watching = current_settings();

    if (!watching)
        return 0;
    if (watching->watches & WATCHES(HIERARCHY_V2))
        count_cgroup(task, plain, alone, watching, HIERARCHY_V2, v2_cgroup(task, plain), number);
    if (core_enum_exists(enum cgroup_subsys_id, memory_cgrp_id) && watching->watches & WATCHES(HIERARCHY_MEMORY)) {
        __u64 memory = core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);

        count_cgroup(task, plain, alone, watching, HIERARCHY_MEMORY, v1_cgroup(task, plain, memory), number);
    }
    if (core_enum_exists(enum cgroup_subsys_id, pids_cgrp_id) && watching->watches & WATCHES(HIERARCHY_PIDS)) {
        __u64 pids = core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);

        count_cgroup(task, plain, alone, watching, HIERARCHY_PIDS, v1_cgroup(task, plain, pids), number);
    }
    if (watching->watches & WATCHES_PROCESSES) {
        __u32 tgid = current_tgid();
        __u32 *target = bpf_map_lookup_elem(&watched_tgids, &tgid);

        if (target)
            count(task, plain, alone, *target, number);
    }
    return 0;
}

/* Raw tracepoint sys_enter: (struct pt_regs *regs, long number). */
SEC("raw_tp/sys_enter")
int count_syscalls(struct bpf_raw_tracepoint_args *ctx)
{
    return count_call(bpf_get_current_task(), 0, 1, ctx->args[1]);
}

/* The same where tasks can be followed without helpers. */
SEC("tp_btf/sys_enter")
int count_syscalls_btf(struct bpf_raw_tracepoint_args *ctx)
{
    return count_call(bpf_get_current_task_btf(), 1, 1, ctx->args[1]);
}

/*
 * Since Linux 7.2 raw and BTF tracepoint programs of sys_enter run preemptibly. Who is scheduled while another task's
 * program is under way on that CPU finds it active, and is left out (__bpf_trace_run, kernel/trace/bpf_trace.c): whole
 * time slices of calls. A classic tracepoint's program still runs with preemption off, from before that check to after it
 * (perf_trace_sys_enter; not those of syscalls/sys_enter_..., see perf_syscall_enter). That one counts.
 *
 * It is left out for another reason: trace_call_bpf asks bpf_prog_active, and a bpf(2) call raises that while it works on
 * a map, preemptibly (bpf_disable_instrumentation). While a task that was preempted there waits, calls of others on that
 * CPU are left out. A BTF tracepoint's program stands in, which runs next in the same call: count_missed_btf. It sees by
 * `seen` that the first has run; if their task was preempted between the two, it sees that by `seen_before`, which
 * note_switch writes: sched_switch comes with interrupts off, so nothing is left out there.
 *
 * What is still missed is a call that both are left out of: one task preempted in a bpf(2) call and another in
 * count_missed_btf, on one CPU at a time. Each such call, and nothing else, is the difference between the kernel's count of
 * runs of the first that it left out and `rescued`; CounterDrops tells it. No call is counted twice.
 */
struct sys_enter_record {
    __u64 common;
    __u64 number;
};

static __always_inline __u32 current_tid(void)
{
    return (__u32)bpf_get_current_pid_tgid();
}

SEC("tp/raw_syscalls/sys_enter")
int count_syscalls_tp(struct sys_enter_record *ctx)
{
    __u32 zero = 0, *thread = bpf_map_lookup_elem(&seen, &zero);

    if (thread)
        *thread = current_tid();
    return count_call(bpf_get_current_task_btf(), 1, 1, ctx->number);
}

/*
 * How many switches later what note_switch has written still is of the same call: a task may be preempted again and again
 * before it comes to the next program. What is older was left by a call that count_missed_btf was left out of.
 */
#define FEW_SWITCHES 256

static __always_inline int was_seen_before(const struct task_struct *task, __u32 tid)
{
    __u64 *switches = bpf_map_lookup_elem(&seen_before, &tid);
    int same;

    if (!switches)
        return 0;
    same = task->nvcsw + task->nivcsw - *switches < FEW_SWITCHES;
    bpf_map_delete_elem(&seen_before, &tid);
    return same;
}

SEC("tp_btf/sys_enter")
int count_missed_btf(struct bpf_raw_tracepoint_args *ctx)
{
    const struct task_struct *task = bpf_get_current_task_btf();
    __u32 zero = 0, tid = current_tid(), *thread = bpf_map_lookup_elem(&seen, &zero);
    __u64 *count;

    if (thread && *thread == tid) {
        *thread = 0;
        return 0;
    }
    if (was_seen_before(task, tid))
        return 0;
    count = bpf_map_lookup_elem(&rescued, &zero);
    if (count)
        increase(count, 0);
    return count_call(task, 1, 0, ctx->args[1]);
}

/*
 * Raw tracepoint sched_switch: (bool preempt, struct task_struct *prev, struct task_struct *next). The task that is
 * switched from is still the current one. If it was not preempted in the kernel, it is not between the two programs.
 */
SEC("raw_tp/sched_switch")
int note_switch(struct bpf_raw_tracepoint_args *ctx)
{
    const struct task_struct *task = (const void *)ctx->args[1];
    __u32 zero = 0, tid, *thread = bpf_map_lookup_elem(&seen, &zero);
    unsigned long voluntary = 0, involuntary = 0;
    __u64 switches;

    if (!thread || !*thread)
        return 0;
    tid = current_tid();
    if (*thread == tid && ctx->args[0] & 1) {
        core_read(&voluntary, &task->nvcsw);
        core_read(&involuntary, &task->nivcsw);
        switches = voluntary + involuntary;
        bpf_map_update_elem(&seen_before, &tid, &switches, BPF_ANY);
    }
    *thread = 0;
    return 0;
}

/*
 * Attached nowhere, and loaded only if asked for ("?"): where the first loads and the second does not, the kernel knows tracepoints whose programs may sleep,
 * and sys_enter is one. (Linux 5.10 lets both pass, and neither sleep.)
 */
SEC("?tp_btf.s/sys_enter")
int may_sleep(struct bpf_raw_tracepoint_args *ctx)
{
    return 0;
}

SEC("?tp_btf.s/sched_switch")
int may_not_sleep(struct bpf_raw_tracepoint_args *ctx)
{
    return 0;
}

/* Takes an ended process out of everything that is kept of it per process. It stays in the totals. */
static __always_inline void forget(__u32 tgid)
{
    struct membership_key membership = {.tgid = tgid};

#pragma unroll
    for (int i = 0; i < MEMBERSHIPS; i++) {
        __u32 *target;

        membership.index = i;
        target = bpf_map_lookup_elem(&memberships, &membership);
        if (target) {
            struct process_key key = {.target = *target, .tgid = tgid};

            bpf_map_delete_elem(&ended, &key);
            if (!bpf_map_delete_elem(&process_counts, &key))
                note(DROPPED_ENDED);
            bpf_map_delete_elem(&memberships, &membership);
        }
    }
}

/* Once for each child, though this may run twice for it: see fork_again_stub. */
static __always_inline void note_unfollowed(const struct task_struct *child, __u32 tgid)
{
    __u64 born = 0, *noted;

    core_read(&born, &child->start_time);
    noted = bpf_map_lookup_elem(&unfollowed, &tgid);
    if (noted && *noted == born)
        return;
    bpf_map_update_elem(&unfollowed, &tgid, &born, BPF_ANY);
    note(DROPPED_FORK);
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
    __u32 tgid = 0;

    if (!watching)
        return 0;
    core_read(&tgid, &child->tgid);
    if (tgid == parent)
        return 0;
    /* A process id that comes round again is another process: what nobody has collected of the one before makes room. */
    forget(tgid);
    if (watching->watches & WATCHES_PROCESSES) {
        __u32 *target = bpf_map_lookup_elem(&watched_tgids, &parent);

        if (target) {
            __u32 inherited = *target;

            if (bpf_map_update_elem(&watched_tgids, &tgid, &inherited, BPF_ANY))
                note_unfollowed(child, tgid);
        }
    }
    return 0;
}

static __always_inline void mark_ended(const struct process_key *key, const struct membership_key *membership)
{
    struct process_count *value = bpf_map_lookup_elem(&process_counts, key);
    __u32 one = 1;

    if (value && !bpf_map_update_elem(&ended, key, &one, BPF_ANY)) {
        value->ended = 1;
        return;
    }
    if (value) {
        bpf_map_delete_elem(&process_counts, key);
        note(DROPPED_ENDED);
    }
    bpf_map_delete_elem(&memberships, membership);
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
    struct signal_struct *signal = 0;
    __u32 tgid = current_tgid();
    struct membership_key membership = {.tgid = tgid};
    int live = 1;

    core_read(&signal, &task->signal);
    core_read(&live, &signal->live.counter);
    if (live)
        return 0;
#pragma unroll
    for (int i = 0; i < MEMBERSHIPS; i++) {
        __u32 *target;

        membership.index = i;
        target = bpf_map_lookup_elem(&memberships, &membership);
        if (target) {
            struct process_key key = {.target = *target, .tgid = tgid};

            mark_ended(&key, &membership);
        }
    }
    bpf_map_delete_elem(&watched_tgids, &tgid);
    return 0;
}

/* How a cgroup is called in watched_cgroups; 0 if it is in a hierarchy that cannot be watched. */
static __always_inline __u64 key_of(const struct cgroup *cgroup)
{
    struct cgroup_root *root = 0;
    struct kernfs_node *kn = 0;
    unsigned int controllers = 0;
    int hierarchy = -1;

    core_read(&root, &cgroup->root);
    core_read(&hierarchy, &root->hierarchy_id);
    core_read(&controllers, &root->subsys_mask);
    core_read(&kn, &cgroup->kn);
    if (hierarchy == 0) /* v2, whatever controllers it has */
        return CGROUP_KEY(HIERARCHY_V2, id_of(kn, 0));
    if (core_enum_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
        if (controllers >> core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) & 1)
            return CGROUP_KEY(HIERARCHY_MEMORY, id_of(kn, 0));
    }
    if (core_enum_exists(enum cgroup_subsys_id, pids_cgrp_id)) {
        if (controllers >> core_enum_value(enum cgroup_subsys_id, pids_cgrp_id) & 1)
            return CGROUP_KEY(HIERARCHY_PIDS, id_of(kn, 0));
    }
    return 0;
}

static __always_inline void open_gate(const struct settings *watching, __u64 cgroup)
{
    __u32 bucket = gate_bucket(cgroup, watching->gate_mask);
    __u32 other = bucket + watching->gate_mask + 1;
    __u32 *state;

    state = bpf_map_lookup_elem(&gate, &bucket);
    if (state && !*state) {
        *state = 1;
        note(GATE_OPENED);
    }
    state = bpf_map_lookup_elem(&gate, &other);
    if (state)
        *state = 1;
}

/* Raw tracepoint cgroup_mkdir: (struct cgroup *cgroup, const char *path). The directory cannot be used yet. */
SEC("raw_tp/cgroup_mkdir")
int inherit_cgroup(struct bpf_raw_tracepoint_args *ctx)
{
    const struct cgroup *cgroup = (const void *)ctx->args[0];
    struct settings *watching = current_settings();
    struct cgroup_subsys_state *parent_css = 0;
    struct cgroup *parent = 0;
    __u32 *target, inherited;
    __u64 key, parent_key;

    if (!watching || !(watching->watches & (WATCHES(HIERARCHIES) - 1)))
        return 0;
    key = key_of(cgroup);
    if (!key)
        return 0;
    core_read(&parent_css, &cgroup->self.parent);
    core_read(&parent, &parent_css->cgroup);
    parent_key = key_of(parent);
    target = bpf_map_lookup_elem(&watched_cgroups, &parent_key);
    if (!target)
        return 0;
    inherited = *target;
    if (bpf_map_update_elem(&watched_cgroups, &key, &inherited, BPF_ANY))
        note(DROPPED_CGROUP);
    else
        /* After the entry: who writes the other half anew reads the entries after having closed it. */
        open_gate(watching, key);
    return 0;
}

/* Raw tracepoint cgroup_rmdir: (struct cgroup *cgroup, const char *path). Nobody is in it any more. */
SEC("raw_tp/cgroup_rmdir")
int forget_cgroup(struct bpf_raw_tracepoint_args *ctx)
{
    __u64 key = key_of((const void *)ctx->args[0]);

    if (key)
        bpf_map_delete_elem(&watched_cgroups, &key);
    return 0;
}

/*
 * The stubs: all that is ever attached. Their bodies are never to change, so that one of any version serves the
 * programs of any other.
 */
SEC("raw_tp/sys_enter")
int enter_stub(struct bpf_raw_tracepoint_args *ctx)
{
    bpf_tail_call(ctx, &slots, SLOT_ENTER);
    return 0;
}

SEC("tp_btf/sys_enter")
int enter_btf_stub(struct bpf_raw_tracepoint_args *ctx)
{
    bpf_tail_call(ctx, &enter_btf_slot, 0);
    return 0;
}

SEC("tp/raw_syscalls/sys_enter")
int enter_tp_stub(struct sys_enter_record *ctx)
{
    bpf_tail_call(ctx, &enter_tp_slot, 0);
    return 0;
}

SEC("raw_tp/sched_switch")
int switch_stub(struct bpf_raw_tracepoint_args *ctx)
{
    bpf_tail_call(ctx, &switch_slot, 0);
    return 0;
}

SEC("raw_tp/sched_process_fork")
int fork_stub(struct bpf_raw_tracepoint_args *ctx)
{
    bpf_tail_call(ctx, &slots, SLOT_FORK);
    return 0;
}

/*
 * These run the same once more where the first may be left out because another task was preempted in it. Doing it twice
 * does no harm, and is noted once.
 */
SEC("raw_tp/sched_process_fork")
int fork_again_stub(struct bpf_raw_tracepoint_args *ctx)
{
    bpf_tail_call(ctx, &slots, SLOT_FORK);
    return 0;
}

SEC("raw_tp/sched_process_exit")
int exit_stub(struct bpf_raw_tracepoint_args *ctx)
{
    bpf_tail_call(ctx, &slots, SLOT_EXIT);
    return 0;
}

SEC("raw_tp/sched_process_exit")
int exit_again_stub(struct bpf_raw_tracepoint_args *ctx)
{
    bpf_tail_call(ctx, &slots, SLOT_EXIT);
    return 0;
}

SEC("raw_tp/cgroup_mkdir")
int mkdir_stub(struct bpf_raw_tracepoint_args *ctx)
{
    bpf_tail_call(ctx, &slots, SLOT_MKDIR);
    return 0;
}

SEC("raw_tp/cgroup_rmdir")
int rmdir_stub(struct bpf_raw_tracepoint_args *ctx)
{
    bpf_tail_call(ctx, &slots, SLOT_RMDIR);
    return 0;
}
