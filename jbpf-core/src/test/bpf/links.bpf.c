// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* What the tests of io.jbpf.link attach. Each is loaded by name, since no kernel has all the kinds. */
#include <jbpf/bpf.h>

char LICENSE[] SEC("license") = "GPL";

/* Set by the test before the load. */
const volatile __u32 watched_tgid;
const volatile __u64 watched_syscall;

/* What the program under test saw. */
__u64 hits;
__u64 cookie;
__s64 returned;
/* Every program that ran appended its digit. */
__u64 order;

static long (*const bpf_seq_write)(void *seq, const void *data, __u32 size) = (void *)127;
static __u64 (*const bpf_get_attach_cookie)(void *context) = (void *)174;

static __always_inline int watched(void)
{
    return bpf_get_current_pid_tgid() >> 32 == watched_tgid;
}

SEC("?tp_btf/sys_enter")
int on_btf_tracepoint(__u64 *arguments)
{
    if (watched() && arguments[1] == watched_syscall)
        hits++;
    return 0;
}

SEC("?tp_btf/sys_enter")
int on_btf_tracepoint_with_cookie(__u64 *arguments)
{
    if (watched() && arguments[1] == watched_syscall)
        cookie = bpf_get_attach_cookie(arguments);
    return 0;
}

SEC("?raw_tp/sys_enter")
int on_raw_tracepoint_with_cookie(struct bpf_raw_tracepoint_args *ctx)
{
    if (watched() && ctx->args[1] == watched_syscall)
        cookie = bpf_get_attach_cookie(ctx);
    return 0;
}

SEC("?fentry/__x64_sys_getpgid")
int on_entry(__u64 *arguments)
{
    if (watched())
        hits++;
    return 0;
}

SEC("?fentry/__x64_sys_getpgid")
int on_entry_with_cookie(__u64 *arguments)
{
    if (watched())
        cookie = bpf_get_attach_cookie(arguments);
    return 0;
}

SEC("?fexit/__x64_sys_getpgid")
int on_exit(__u64 *arguments)
{
    if (watched())
        returned = arguments[1];
    return 0;
}

SEC("?fmod_ret/__x64_sys_getpgid")
int modifies(__u64 *arguments)
{
    return watched() ? 4711 : 0;
}

/* int security_socket_create(int family, int type, int protocol, int kern): the kernel lets those be modified. */
SEC("?fmod_ret/security_socket_create")
int refuses_netlink_sockets(__u64 *arguments)
{
    return watched() && (int)arguments[0] == 16 ? -1 : 0;
}

/* int socket_create(int family, int type, int protocol, int kern), and what earlier hooks said. */
SEC("?lsm/socket_create")
int refuses_netlink(__u64 *arguments)
{
    if (watched() && (int)arguments[0] == 16)
        return -1;
    return 0;
}

__noinline int answer(int number)
{
    asm volatile("");
    return number + 1;
}

SEC("?socket")
int asks(void *context)
{
    return answer(41);
}

SEC("?freplace/answer")
int better_answer(int number)
{
    return number + 2;
}

struct bpf_sock_addr;

SEC("?cgroup/connect4")
int refuses_connections(struct bpf_sock_addr *ctx)
{
    hits++;
    order = order * 10 + 1;
    return 0;
}

SEC("?cgroup/connect4")
int allows_connections(struct bpf_sock_addr *ctx)
{
    hits++;
    order = order * 10 + 2;
    return 1;
}

SEC("?cgroup/connect4")
int allows_connections_too(struct bpf_sock_addr *ctx)
{
    order = order * 10 + 3;
    return 1;
}

SEC("?cgroup_skb/egress")
int drops_packets(struct __sk_buff *skb)
{
    hits++;
    return 0;
}

SEC("?xdp")
int drops_frames(void *ctx)
{
    hits++;
    return 1; /* XDP_DROP */
}

SEC("?xdp")
int passes_frames(void *ctx)
{
    hits++;
    return 2; /* XDP_PASS */
}

/* The kernel sends IPv6 packets of its own when it likes. */
static __always_inline int next(struct __sk_buff *skb, __u32 digit)
{
    if (skb->protocol == swap16(0x0800))
        order = order * 10 + digit;
    return -1; /* TCX_NEXT */
}

SEC("?tcx/ingress")
int first(struct __sk_buff *skb)
{
    return next(skb, 1);
}

SEC("?tcx/ingress")
int second(struct __sk_buff *skb)
{
    return next(skb, 2);
}

SEC("?tcx/ingress")
int third(struct __sk_buff *skb)
{
    return next(skb, 3);
}

struct seq_file;

struct bpf_iter_meta {
    struct seq_file *seq;
    __u64 session_id;
    __u64 seq_num;
};

JBPF_CORE_BEGIN
struct task_struct {
    int pid;
    int tgid;
};
JBPF_CORE_END

struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

static __always_inline void write_number(struct seq_file *seq, __u32 number)
{
    char text[11];
    int i;

    for (i = 9; i >= 0; i--) {
        text[i] = '0' + number % 10;
        number /= 10;
    }
    text[10] = '\n';
    bpf_seq_write(seq, text, sizeof(text));
}

/* Ten digits and a new line for each thread's process. */
SEC("?iter/task")
int lists_tasks(struct bpf_iter__task *ctx)
{
    if (ctx->task)
        write_number(ctx->meta->seq, ctx->task->tgid);
    return 0;
}

SEC("?iter/task")
int lists_threads(struct bpf_iter__task *ctx)
{
    if (ctx->task)
        write_number(ctx->meta->seq, ctx->task->pid);
    return 0;
}

JBPF_CORE_BEGIN
struct kernfs_node {
    __u64 id;
};

struct cgroup {
    struct kernfs_node *kn;
};
JBPF_CORE_END

struct bpf_iter__cgroup {
    struct bpf_iter_meta *meta;
    struct cgroup *cgroup;
};

SEC("?iter/cgroup")
int lists_cgroups(struct bpf_iter__cgroup *ctx)
{
    struct cgroup *cgroup = ctx->cgroup;

    if (cgroup)
        write_number(ctx->meta->seq, cgroup->kn->id);
    return 0;
}

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 3);
    __type(key, __u32);
    __type(value, __u32);
} numbers SEC(".maps");

struct bpf_iter__bpf_map_elem {
    struct bpf_iter_meta *meta;
    void *map;
    __u32 *key;
    __u32 *value;
};

SEC("?iter/bpf_map_elem")
int lists_elements(struct bpf_iter__bpf_map_elem *ctx)
{
    __u32 *value = ctx->value;

    if (value)
        write_number(ctx->meta->seq, *value);
    return 0;
}

SEC("?iter/bpf_map_elem")
int lists_elements_again(struct bpf_iter__bpf_map_elem *ctx)
{
    __u32 *value = ctx->value;

    if (value)
        write_number(ctx->meta->seq, *value + 100);
    return 0;
}

SEC("?kprobe/__x64_sys_getppid")
int on_kprobe(void *ctx)
{
    if (watched())
        hits++;
    return 0;
}

SEC("?kprobe/__x64_sys_getppid")
int on_probe_with_cookie(void *ctx)
{
    if (watched()) {
        hits++;
        cookie = bpf_get_attach_cookie(ctx);
    }
    return 0;
}

SEC("?uprobe/libc.so.6:getppid")
int on_uprobe(void *ctx)
{
    if (watched())
        hits++;
    return 0;
}

SEC("?usdt/libjvm.so:hotspot:thread__start")
int on_usdt(void *ctx)
{
    if (watched())
        hits++;
    return 0;
}

SEC("?tracepoint/raw_syscalls/sys_enter")
int on_tracepoint(void *ctx)
{
    if (watched())
        hits++;
    return 0;
}

SEC("?tracepoint/raw_syscalls/sys_enter")
int on_tracepoint_with_cookie(void *ctx)
{
    if (watched())
        cookie = bpf_get_attach_cookie(ctx);
    return 0;
}

SEC("?perf_event")
int on_sample(void *ctx)
{
    hits++;
    return 0;
}

SEC("?kprobe.multi/__x64_sys_getp*")
int on_many_functions(void *ctx)
{
    if (watched()) {
        hits++;
        cookie = bpf_get_attach_cookie(ctx);
    }
    return 0;
}

SEC("?uprobe.multi/libc.so.6:getppid")
int on_many_uprobes(void *ctx)
{
    if (watched()) {
        hits++;
        cookie = bpf_get_attach_cookie(ctx);
    }
    return 0;
}

SEC("?netfilter")
int drops_at_netfilter(void *ctx)
{
    hits++;
    return 0; /* NF_DROP */
}

SEC("?sk_lookup")
int refuses_lookups(void *ctx)
{
    hits++;
    return 0; /* SK_DROP */
}

SEC("?socket")
int takes_no_packets(struct __sk_buff *skb)
{
    hits++;
    return 0;
}

SEC("?sk_reuseport")
int drops_shared_packets(void *ctx)
{
    hits++;
    return 0; /* SK_DROP */
}

SEC("?netkit/primary")
int drops_at_netkit(struct __sk_buff *skb)
{
    hits++;
    return 2; /* NETKIT_DROP */
}

SEC("?netkit/primary")
int passes_on_at_netkit(struct __sk_buff *skb)
{
    return next(skb, 1);
}

SEC("?netkit/peer")
int drops_at_netkit_peer(struct __sk_buff *skb)
{
    hits++;
    return 2; /* NETKIT_DROP */
}

/* linux/bpf.h */
struct bpf_flow_keys {
    __u16 nhoff;
    __u16 thoff;
    __u16 addr_proto;
    __u8 is_frag;
    __u8 is_first_frag;
    __u8 is_encap;
    __u8 ip_proto;
    __u16 n_proto;
    __u16 sport;
    __u16 dport;
};

/* Says the same of every packet. */
SEC("?flow_dissector")
int dissects(struct __sk_buff *skb)
{
    struct bpf_flow_keys *keys = (void *)(long)skb->flow_keys;

    hits++;
    keys->thoff = keys->nhoff + 20;
    keys->addr_proto = 0x0800;
    keys->ip_proto = 17;
    keys->sport = 0x1234;
    keys->dport = 0x5678;
    return 0; /* BPF_OK */
}
