// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* What the tests of perf buffers run: each run is one sample. */
#include "test.h"

static __u32 (*const bpf_get_smp_processor_id)(void) = (void *)8;
static long (*const bpf_perf_event_output)(void *context, void *map, __u64 flags, void *data, __u64 size) = (void *)25;

#define BPF_F_CURRENT_CPU 0xffffffffULL

struct {
    __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
    __type(key, int);
    __type(value, int);
} samples SEC(".maps");

__u64 produced;
__u64 refused;
unsigned char pattern[512] = {1};

struct sample {
    __u64 number;
    __u32 cpu;
};

#define ENOENT 2

SEC("tc")
int emits(void *packet)
{
    struct sample sample = {.number = produced, .cpu = bpf_get_smp_processor_id()};
    long result = bpf_perf_event_output(packet, &samples, BPF_F_CURRENT_CPU, &sample, sizeof(sample));

    if (result == -ENOENT) {
        __sync_fetch_and_add(&refused, 1);
        return 2;
    }
    __sync_fetch_and_add(&produced, 1);
    return 0;
}

/* Samples of 1 to 128 bytes, cut out of the pattern. */
SEC("tc")
int emits_lengths(void *packet)
{
    __u64 number = produced;
    __u64 start = number & 255;
    __u64 length = 1 + (number * 37 & 127);

    bpf_perf_event_output(packet, &samples, BPF_F_CURRENT_CPU, pattern + start, length);
    produced = number + 1;
    return 0;
}

char licence[] SEC("license") = "GPL";
