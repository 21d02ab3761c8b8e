// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* What the tests attach to sockets: each sends what comes to another one, so that who gets it tells what ran. */
#include <jbpf/bpf.h>

enum {
    BPF_MAP_TYPE_SOCKMAP = 15,
    BPF_MAP_TYPE_SOCKHASH = 18,
    BPF_MAP_TYPE_REUSEPORT_SOCKARRAY = 20,
    SK_DROP = 0,
    SK_PASS = 1,
};

static long (*const bpf_sk_redirect_map)(void *skb, void *map, __u32 key, __u64 flags) = (void *)52;
static long (*const bpf_msg_redirect_map)(void *msg, void *map, __u32 key, __u64 flags) = (void *)60;
static long (*const bpf_msg_redirect_hash)(void *msg, void *map, void *key, __u64 flags) = (void *)71;
static long (*const bpf_sk_redirect_hash)(void *skb, void *map, void *key, __u64 flags) = (void *)72;
static long (*const bpf_sk_select_reuseport)(void *ctx, void *map, void *key, __u64 flags) = (void *)82;

char LICENSE[] SEC("license") = "GPL";

__u64 hits;
/* Which of the sockets that share a port gets the packet. */
__u32 chosen;

struct {
    __uint(type, BPF_MAP_TYPE_SOCKMAP);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 8);
} streams SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_SOCKHASH);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 8);
} streams_by_key SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 8);
} shared SEC(".maps");

SEC("?sk_skb/stream_parser")
int takes_all(struct __sk_buff *skb)
{
    return skb->len;
}

SEC("?sk_skb/stream_verdict")
int redirects_stream(struct __sk_buff *skb)
{
    hits++;
    return bpf_sk_redirect_map(skb, &streams, 1, 0);
}

SEC("?sk_skb/stream_verdict")
int drops_stream(struct __sk_buff *skb)
{
    hits++;
    return SK_DROP;
}

SEC("?sk_skb/verdict")
int redirects_without_parser(struct __sk_buff *skb)
{
    hits++;
    return bpf_sk_redirect_map(skb, &streams, 1, 0);
}

SEC("?sk_skb/stream_verdict")
int redirects_stream_by_key(struct __sk_buff *skb)
{
    __u32 key = 1;

    hits++;
    return bpf_sk_redirect_hash(skb, &streams_by_key, &key, 0);
}

SEC("?sk_msg")
int redirects_message(void *msg)
{
    hits++;
    return bpf_msg_redirect_map(msg, &streams, 1, 0);
}

SEC("?sk_msg")
int redirects_message_by_key(void *msg)
{
    __u32 key = 1;

    hits++;
    return bpf_msg_redirect_hash(msg, &streams_by_key, &key, 0);
}

SEC("?sk_reuseport")
int chooses(void *ctx)
{
    __u32 key = chosen;

    hits++;
    return bpf_sk_select_reuseport(ctx, &shared, &key, 0) ? SK_DROP : SK_PASS;
}
