// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* A program for each hook of a cgroup, whose effect a process in the cgroup notices: a refusal, or another answer. */
#include <jbpf/bpf.h>

char LICENSE[] SEC("license") = "GPL";

__u64 hits;
/* Where what is sent to, or bound to, a port goes instead, and what is told of it; in network byte order. */
__u32 other_port;

enum { REFUSE = 0, ALLOW = 1 };

struct bpf_sock_addr {
    __u32 user_family;
    __u32 user_ip4;
    __u32 user_ip6[4];
    __u32 user_port;
    __u32 family;
};

SEC("?cgroup_skb/ingress")
int drops_incoming(struct __sk_buff *skb)
{
    hits++;
    return REFUSE;
}

SEC("?cgroup/sock_create")
int refuses_sockets(void *ctx)
{
    hits++;
    return REFUSE;
}

SEC("?cgroup/sock_release")
int counts_closed_sockets(void *ctx)
{
    hits++;
    return ALLOW;
}

SEC("?cgroup/post_bind4")
int refuses_bound4(void *ctx)
{
    hits++;
    return REFUSE;
}

SEC("?cgroup/post_bind6")
int refuses_bound6(void *ctx)
{
    hits++;
    return REFUSE;
}

static __always_inline int other(struct bpf_sock_addr *ctx)
{
    hits++;
    ctx->user_port = other_port;
    return ALLOW;
}

SEC("?cgroup/bind4")
int binds4(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/bind6")
int binds6(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/connect4")
int connects4(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/connect6")
int connects6(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/sendmsg4")
int sends4(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/sendmsg6")
int sends6(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/recvmsg4")
int receives4(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/recvmsg6")
int receives6(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/getpeername4")
int tells_peer4(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/getpeername6")
int tells_peer6(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/getsockname4")
int tells_name4(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/getsockname6")
int tells_name6(struct bpf_sock_addr *ctx)
{
    return other(ctx);
}

SEC("?cgroup/sysctl")
int refuses_sysctls(void *ctx)
{
    hits++;
    return REFUSE;
}

struct bpf_sockopt {
    __u64 sk;
    __u64 optval;
    __u64 optval_end;
    __s32 level;
    __s32 optname;
    __s32 optlen;
    __s32 retval;
};

enum { SOL_SOCKET = 1, SO_PRIORITY = 12, SO_MARK = 36 };

/* SO_PRIORITY is 4711 whatever it is. */
SEC("?cgroup/getsockopt")
int tells_priority(struct bpf_sockopt *ctx)
{
    __s32 *value = (void *)(long)ctx->optval;

    if (ctx->level != SOL_SOCKET || ctx->optname != SO_PRIORITY || (void *)(value + 1) > (void *)(long)ctx->optval_end)
        return ALLOW;
    hits++;
    *value = 4711;
    ctx->retval = 0;
    return ALLOW;
}

SEC("?cgroup/setsockopt")
int refuses_priorities(struct bpf_sockopt *ctx)
{
    if (ctx->level != SOL_SOCKET || ctx->optname != SO_PRIORITY)
        return ALLOW;
    hits++;
    return REFUSE;
}

struct bpf_cgroup_dev_ctx {
    __u32 access_type;
    __u32 major;
    __u32 minor;
};

SEC("?cgroup/dev")
int refuses_zeroes(struct bpf_cgroup_dev_ctx *ctx)
{
    if (ctx->major != 1 || ctx->minor != 5) /* /dev/zero */
        return ALLOW;
    hits++;
    return REFUSE;
}

struct bpf_sock_ops {
    __u32 op;
};

/* BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB */
SEC("?sockops")
int counts_connections(struct bpf_sock_ops *ctx)
{
    if (ctx->op == 4)
        hits++;
    return 1;
}

/* What such a program sees a part of, by the kernel's name; defined, since a mere name is not the same type. */
struct bpf_sock_addr_kern {
    void *sk;
};

extern void *bpf_cast_to_kern_ctx(void *ctx) __attribute__((section(".ksyms")));
extern int bpf_sock_addr_set_sun_path(struct bpf_sock_addr_kern *ctx, const __u8 *path, __u32 length)
    __attribute__((section(".ksyms")));

/* An abstract name, which begins with a zero. */
static __always_inline int other_path(void *ctx)
{
    __u8 path[] = "\0jbpf-other"; /* not a constant: the kernel wants memory that may be written */

    hits++;
    return bpf_sock_addr_set_sun_path(bpf_cast_to_kern_ctx(ctx), path, sizeof(path) - 1) == 0;
}

static __always_inline int tell_other_path(void *ctx)
{
    other_path(ctx);
    return ALLOW;
}

SEC("?cgroup/connect_unix")
int connects_unix(void *ctx)
{
    return other_path(ctx);
}

SEC("?cgroup/sendmsg_unix")
int sends_unix(void *ctx)
{
    return other_path(ctx);
}

SEC("?cgroup/recvmsg_unix")
int receives_unix(void *ctx)
{
    return tell_other_path(ctx);
}

SEC("?cgroup/getpeername_unix")
int tells_peer_unix(void *ctx)
{
    return tell_other_path(ctx);
}

SEC("?cgroup/getsockname_unix")
int tells_name_unix(void *ctx)
{
    return tell_other_path(ctx);
}

/* int socket_create(int family, int type, int protocol, int kern); 1 allows. */
SEC("?lsm_cgroup/socket_create")
int refuses_at_lsm(__u64 *arguments)
{
    if (arguments[0] != 2) /* AF_INET */
        return ALLOW;
    hits++;
    return REFUSE;
}
