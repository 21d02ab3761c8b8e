/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What a BPF program needs of the kernel's stable interface (linux/bpf.h), as far as our programs use it: types, the
 * numbers of helpers and map types, and the macros that an object file is made with. Kept here, and not included from
 * the machine, so that the same source gives the same bytes everywhere.
 *
 * The kernel's *unstable* structures are declared where they are used, with only the fields used, inside
 * JBPF_CORE_BEGIN/END: the loader finds the real offsets in the running kernel's BTF (CO-RE).
 */
#ifndef JBPF_BPF_H
#define JBPF_BPF_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed int __s32;
typedef signed long long __s64;

#define SEC(name) __attribute__((section(name), used))
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* A BTF-defined map: struct { __uint(type, ...); __type(key, ...); ... } name SEC(".maps"); */
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
/* For a map of maps: what each of its maps looks like. */
#define __array(name, value) typeof(value) *name[]

enum {
    BPF_MAP_TYPE_HASH = 1,
    BPF_MAP_TYPE_ARRAY = 2,
    BPF_MAP_TYPE_PROG_ARRAY = 3,
    BPF_MAP_TYPE_PERCPU_HASH = 5,
    BPF_MAP_TYPE_PERCPU_ARRAY = 6,
    BPF_MAP_TYPE_LRU_HASH = 9,
    BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
};

/* Flags of maps. */
enum {
    BPF_F_NO_PREALLOC = 1,
    BPF_F_MMAPABLE = 1024, /* 5.5 */
};

/* Flags of bpf_map_update_elem. */
enum {
    BPF_ANY = 0,
    BPF_NOEXIST = 1,
};

/* Helpers, by their number in linux/bpf.h and the kernel that first has them in our program types. */
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;
static long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
/*
 * Reads kernel memory. The younger bpf_probe_read_kernel (5.5) is the same where user and kernel addresses do not
 * overlap, which holds on x86_64 and aarch64; there the old one stays.
 */
static long (*const bpf_probe_read)(void *to, __u32 size, const void *unsafe) = (void *)4;
static __u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static __u64 (*const bpf_get_current_pid_tgid)(void) = (void *)14;
static long (*const bpf_skb_load_bytes)(const void *skb, __u32 offset, void *to, __u32 size) = (void *)26;
static void *(*const bpf_get_current_task)(void) = (void *)35;
static __u64 (*const bpf_get_socket_cookie)(void *skb) = (void *)46; /* 4.12 */
static __u64 (*const bpf_get_current_cgroup_id)(void) = (void *)80; /* 4.18 */

/*
 * As bpf_ktime_get_ns, at the last tick of the clock (1 to 10 ms), in a fraction of the time. 5.11; where the kernel does not
 * know it, the loader calls bpf_ktime_get_ns.
 */
static __u64 (*const bpf_ktime_get_coarse_ns)(void) = (void *)160;

/* Looks a socket up as the stack would for an incoming packet; what is found must be released. 4.20 */
struct bpf_sock;
static struct bpf_sock *(*const bpf_sk_lookup_tcp)(
    void *skb, const void *tuple, __u32 tuple_size, __u64 netns, __u64 flags) = (void *)84;
static struct bpf_sock *(*const bpf_sk_lookup_udp)(
    void *skb, const void *tuple, __u32 tuple_size, __u64 netns, __u64 flags) = (void *)85;
static long (*const bpf_sk_release)(struct bpf_sock *socket) = (void *)86;

/* The context of a raw tracepoint: the arguments of the tracepoint's TP_PROTO, each widened to 64 bits. */
struct bpf_raw_tracepoint_args {
    __u64 args[0];
};

/* What the kernel shows of a packet, up to the last field used (gso_segs: 5.1). Accesses are rewritten by offset. */
struct __sk_buff {
    __u32 len;
    __u32 pkt_type;
    __u32 mark;
    __u32 queue_mapping;
    __u32 protocol; /* network byte order, in the low 16 bits */
    __u32 vlan_present;
    __u32 vlan_tci;
    __u32 vlan_proto;
    __u32 priority;
    __u32 ingress_ifindex;
    __u32 ifindex;
    __u32 tc_index;
    __u32 cb[5];
    __u32 hash;
    __u32 tc_classid;
    __u32 data;
    __u32 data_end;
    __u32 napi_id;
    __u32 family;
    __u32 remote_ip4;
    __u32 local_ip4;
    __u32 remote_ip6[4];
    __u32 local_ip6[4];
    __u32 remote_port;
    __u32 local_port;
    __u32 data_meta;
    __u64 flow_keys;
    __u64 tstamp;
    __u32 wire_len;
    __u32 gso_segs;
};

/* What the kernel shows of a socket, up to the last field used (state: 5.1). Accesses are rewritten by offset. */
struct bpf_sock {
    __u32 bound_dev_if;
    __u32 family;
    __u32 type;
    __u32 protocol;
    __u32 mark;
    __u32 priority;
    __u32 src_ip4;
    __u32 src_ip6[4];
    __u32 src_port;
    __u16 dst_port;
    __u16 reserved;
    __u32 dst_ip4;
    __u32 dst_ip6[4];
    __u32 state;
};

/* Between these two, struct accesses are relocated against the running kernel's BTF. */
#define JBPF_CORE_BEGIN _Pragma("clang attribute push(__attribute__((preserve_access_index)), apply_to = record)")
#define JBPF_CORE_END _Pragma("clang attribute pop")

/* Whether the running kernel's structure has this field: a constant once loaded, dead code goes before verification. */
#define core_field_exists(field) __builtin_preserve_field_info(field, 2)

/* *to = object->path, where object is a kernel pointer of a CO-RE type; zero if that memory cannot be read. */
#define core_read(to, source) bpf_probe_read((to), sizeof(*(to)), __builtin_preserve_access_index(source))

static __always_inline __u16 swap16(__u16 value)
{
    return __builtin_bswap16(value);
}

#endif
