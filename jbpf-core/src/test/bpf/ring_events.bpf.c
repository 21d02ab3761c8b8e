// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* What the tests of ring buffers run: each run of a program is one record, or one that found no room. */
#include "test.h"

static long (*const bpf_skb_load_bytes)(const void *skb, __u32 offset, void *to, __u32 size) = (void *)26;
static long (*const bpf_ringbuf_output)(void *ring, void *data, __u64 size, __u64 flags) = (void *)130;
static void *(*const bpf_ringbuf_reserve)(void *ring, __u64 size, __u64 flags) = (void *)131;
static void (*const bpf_ringbuf_submit)(void *data, __u64 flags) = (void *)132;
static void (*const bpf_ringbuf_discard)(void *data, __u64 flags) = (void *)133;

#define BPF_RB_NO_WAKEUP 1

#define PRODUCERS 8
#define PATTERN 512

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
} events SEC(".maps"), others SEC(".maps");

/* How many records each producer has written; it alone touches its own. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, PRODUCERS);
    __type(key, __u32);
    __type(value, __u64);
} written SEC(".maps");

__u64 dropped;
__u64 sequence;
unsigned char pattern[PATTERN] = {1};

struct event {
    __u32 producer;
    __u32 check;
    __u64 number;
};

/* The packet's first bytes say which producer this is. */
SEC("tc")
int emits(void *packet)
{
    __u32 producer = 0;
    struct event *event;
    __u64 *number;

    bpf_skb_load_bytes(packet, 0, &producer, sizeof(producer));
    number = bpf_map_lookup_elem(&written, &producer);
    if (!number)
        return 1;
    event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
    if (!event) {
        __sync_fetch_and_add(&dropped, 1);
        return 2;
    }
    event->producer = producer;
    event->number = *number;
    event->check = ~(__u32)*number;
    *number += 1;
    bpf_ringbuf_submit(event, 0);
    return 0;
}

/* The same, of one producer, without calling anybody. */
SEC("tc")
int emits_quietly(void *packet)
{
    __u64 number = sequence++;

    return bpf_ringbuf_output(&events, &number, sizeof(number), BPF_RB_NO_WAKEUP) ? 2 : 0;
}

SEC("tc")
int emits_to_others(void *packet)
{
    __u64 number = sequence++;

    return bpf_ringbuf_output(&others, &number, sizeof(number), 0) ? 2 : 0;
}

/* Records of 1 to 128 bytes, cut out of the pattern. */
SEC("tc")
int emits_lengths(void *packet)
{
    __u64 number = sequence;
    __u64 start = number & 255;
    __u64 length = 1 + (number * 37 & 127);

    if (bpf_ringbuf_output(&events, pattern + start, length, 0)) {
        __sync_fetch_and_add(&dropped, 1);
        return 2;
    }
    sequence = number + 1;
    return 0;
}

/* Of three records the second is discarded. */
SEC("tc")
int discards_some(void *packet)
{
    __u64 number = sequence++;
    __u64 *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

    if (!record)
        return 2;
    *record = number;
    if (number % 3 == 1)
        bpf_ringbuf_discard(record, 0);
    else
        bpf_ringbuf_submit(record, 0);
    return 0;
}

char licence[] SEC("license") = "GPL";
