// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* Reads what user space writes, and sends it back. */
#include "test.h"

#define BPF_MAP_TYPE_USER_RINGBUF 31

struct bpf_dynptr {
    __u64 opaque[2];
} __attribute__((aligned(8)));

static long (*const bpf_ringbuf_output)(void *ring, void *data, __u64 size, __u64 flags) = (void *)130;
static long (*const bpf_dynptr_read)(void *to, __u32 size, struct bpf_dynptr *from, __u32 offset, __u64 flags) = (void *)201;
static long (*const bpf_user_ringbuf_drain)(void *ring, void *callback, void *context, __u64 flags) = (void *)209;

struct {
    __uint(type, BPF_MAP_TYPE_USER_RINGBUF);
    __uint(max_entries, 4096);
} requests SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 65536);
} answers SEC(".maps");

struct request {
    __u64 number;
    __u64 check;
};

/* How many a run takes at most. */
__u64 at_most = 1 << 20;

static long take(struct bpf_dynptr *record, __u64 *taken)
{
    struct request request;

    if (bpf_dynptr_read(&request, sizeof(request), record, 0, 0))
        return 1;
    bpf_ringbuf_output(&answers, &request, sizeof(request), 0);
    *taken += 1;
    return *taken >= at_most;
}

/* Returns how many records it took, or what went wrong. */
SEC("tc")
int drains(void *packet)
{
    __u64 taken = 0;
    long result = bpf_user_ringbuf_drain(&requests, take, &taken, 0);

    return result < 0 ? result : (long)taken;
}

char licence[] SEC("license") = "GPL";
