// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * Reads a probe's arguments from where libbpf puts what it knows of them: the maps, their layout (libbpf 1.7) and the
 * cookie are those of its bpf/usdt.bpf.h, the code is ours. UsdtArgumentsTest also compiles that header itself.
 */
#include <jbpf/bpf.h>

static long (*const bpf_probe_read_user)(void *to, __u32 size, const void *unsafe) = (void *)112;
static __u64 (*const bpf_get_attach_cookie)(void *context) = (void *)174;

char LICENSE[] SEC("license") = "GPL";

enum { ARGUMENTS = 12 };

struct argument {
    __u64 value;
    __u8 type; /* constant, register, memory, memory with index */
    __u8 hole;
    __u16 index : 12;
    __u16 scale : 4;
    __u8 reserved;
    short place;
    __u8 is_signed;
    __u8 shift;
};

struct spec {
    struct argument arguments[ARGUMENTS];
    __u64 cookie;
    short count;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 3);
    __type(key, int);
    __type(value, struct spec);
} __bpf_usdt_specs SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 3);
    __type(key, long);
    __type(value, __u32);
} __bpf_usdt_ip_to_spec_id SEC(".maps");

extern const _Bool LINUX_HAS_BPF_COOKIE __attribute__((section(".kconfig")));

/* What was seen at places with so many arguments. */
__u64 hits;
__u64 many[ARGUMENTS];
__u64 many_count;
__u64 one;
__u64 cookie;

static __always_inline __u64 read_register(void *ctx, int place)
{
    __u64 value = 0;

    bpf_probe_read(&value, sizeof(value), ctx + place);
    return value;
}

static __always_inline __u64 read_argument(void *ctx, struct argument *argument)
{
    __u64 value = argument->value;

    if (argument->type == 1) {
        value = read_register(ctx, argument->place);
    } else if (argument->type > 1) {
        value += read_register(ctx, argument->place);
        if (argument->type == 3)
            value += read_register(ctx, argument->index) << argument->scale;
        bpf_probe_read_user(&value, sizeof(value), (void *)value);
    }
    value <<= argument->shift;
    return argument->is_signed ? (__u64)((__s64)value >> argument->shift) : value >> argument->shift;
}

/* struct pt_regs of x86_64 */
enum { RIP = 128 };

SEC("?usdt")
int on_sample(void *ctx)
{
    struct spec *spec;
    int id;
    int i;

    if (LINUX_HAS_BPF_COOKIE) {
        id = bpf_get_attach_cookie(ctx);
    } else {
        long ip = read_register(ctx, RIP);
        int *known = bpf_map_lookup_elem(&__bpf_usdt_ip_to_spec_id, &ip);

        if (!known)
            return 0;
        id = *known;
    }
    spec = bpf_map_lookup_elem(&__bpf_usdt_specs, &id);
    if (!spec)
        return 0;
    hits++;
    cookie = spec->cookie;
    if (spec->count == 1) {
        one = read_argument(ctx, &spec->arguments[0]);
        return 0;
    }
    many_count = spec->count;
#pragma unroll
    for (i = 0; i < ARGUMENTS; i++)
        many[i] = i < spec->count ? read_argument(ctx, &spec->arguments[i]) : 0;
    return 0;
}
