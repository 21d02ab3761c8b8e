// SPDX-License-Identifier: Apache-2.0
/*
 * The peer of RingBufferDrain: what libbpf takes to read the same records.
 *
 *   ring_drain OBJECT ROUNDS SECONDS   ->  lines "NAME BEST MEDIAN"
 *
 * "drain" is nanoseconds an event from a full ring, "stream" millions of events a second while another thread runs the
 * program all the time, "dropped" those it found no room for, per cent.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 10000

static unsigned long long seen, sum;
static volatile int stop;
static int program;

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int on_event(void *context, void *data, size_t size)
{
    unsigned long long *event = data;

    seen++;
    sum += event[0] + event[1];
    return 0;
}

static int write_events(unsigned int times)
{
    unsigned char packet[64] = {0};
    LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1);

    memcpy(packet, &times, sizeof(times));
    return bpf_prog_test_run_opts(program, &run);
}

static void *produce(void *unused)
{
    while (!stop)
        if (write_events(BATCH))
            exit(1);
    return NULL;
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[2]) : 0, seconds = argc > 3 ? atoi(argv[3]) : 0, i;
    double *results = calloc(rounds > 0 ? rounds : 1, sizeof(*results));
    struct bpf_object *object;
    struct ring_buffer *ring;
    unsigned int size;
    unsigned long long *counts;
    struct bpf_map *bss;

    if (argc != 4 || rounds < 1 || seconds < 1 || !results)
        return 2;
    object = bpf_object__open_file(argv[1], NULL);
    if (!object || bpf_object__load(object))
        return 1;
    program = bpf_program__fd(bpf_object__find_program_by_name(object, "writes"));
    ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "events"), on_event, NULL, NULL);
    bss = bpf_object__find_map_by_name(object, ".bss");
    if (!ring || !bss)
        return 1;
    size = bpf_map__max_entries(bpf_object__find_map_by_name(object, "events"));

    for (i = 0; i < rounds; i++) {
        double begin;

        if (write_events(size / 24 - 1))
            return 1;
        seen = 0;
        begin = now_ns();
        if (ring_buffer__consume(ring) < 0)
            return 1;
        results[i] = (now_ns() - begin) / seen;
    }
    qsort(results, rounds, sizeof(*results), compare);
    printf("drain %.2f %.2f\n", results[0], results[rounds / 2]);

    {
        unsigned long long begin_counts[2], end_counts[2];
        double rates[16], begin;
        pthread_t producer;
        int n = seconds < 16 ? seconds : 16, key = 0;

        counts = begin_counts;
        if (bpf_map_lookup_elem(bpf_map__fd(bss), &key, counts) || pthread_create(&producer, NULL, produce, NULL))
            return 1;
        for (i = 0; i < n; i++) {
            seen = 0;
            begin = now_ns();
            while (now_ns() - begin < 1e9)
                if (ring_buffer__poll(ring, 100) < 0)
                    return 1;
            rates[i] = seen / (now_ns() - begin) * 1e3;
        }
        stop = 1;
        pthread_join(producer, NULL);
        if (bpf_map_lookup_elem(bpf_map__fd(bss), &key, end_counts))
            return 1;
        qsort(rates, n, sizeof(*rates), compare);
        printf("stream %.2f %.2f\n", rates[n - 1], rates[n / 2]);
        end_counts[0] -= begin_counts[0];
        end_counts[1] -= begin_counts[1];
        printf("dropped %.1f %.1f\n", 100.0 * end_counts[1] / (end_counts[0] + end_counts[1]),
               100.0 * end_counts[1] / (end_counts[0] + end_counts[1]));
    }
    fprintf(stderr, "libbpf %s, checksum %llu\n", libbpf_version_string(), sum);
    return 0;
}
