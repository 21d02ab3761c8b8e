// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* What RingBufferDrain and ring_drain.c read: a run of the program writes as many records as its packet says. */
#include <jbpf/bpf.h>

#define BPF_MAP_TYPE_RINGBUF 27

static void *(*const bpf_ringbuf_reserve)(void *ring, __u64 size, __u64 flags) = (void *)131;
static void (*const bpf_ringbuf_submit)(void *data, __u64 flags) = (void *)132;
static long (*const bpf_loop)(__u32 times, void *callback, void *context, __u64 flags) = (void *)181; /* 5.17 */

char LICENSE[] SEC("license") = "GPL";

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 20);
} events SEC(".maps");

__u64 written;
__u64 dropped;

struct event {
    __u64 number;
    __u64 payload;
};

static long write_one(__u32 index, void *context)
{
    struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

    if (!event) {
        dropped++;
        return 0;
    }
    event->number = written++;
    event->payload = index;
    bpf_ringbuf_submit(event, 0);
    return 0;
}

SEC("tc")
int writes(struct __sk_buff *skb)
{
    __u32 times = 0;

    bpf_skb_load_bytes(skb, 0, &times, sizeof(times));
    bpf_loop(times, write_one, 0, 0);
    return 0;
}
