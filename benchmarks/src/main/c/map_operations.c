// SPDX-License-Identifier: Apache-2.0
/*
 * The peer of MapComparison: what libbpf takes for the same operations on the same maps.
 *
 *   map_operations ROUNDS LARGE [THREADS]   ->  lines "NAME BEST MEDIAN", in nanoseconds an operation or an entry
 *
 * ROUNDS of 100,000 lookups, updates and deletes in a hash map of 10,000 entries; then whole maps of 10,000 and of LARGE
 * entries read in batches of 16,384, each entry summed up: ROUNDS times, the large one ten times at most.
 * THREADS is 1 unless told; others do nothing but be there: from the second on, the kernel counts the users of a file at each
 * call (fs/file.c, __fget_light), as it does in every JVM.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SMALL 10000
#define OPERATIONS 100000
#define BATCH 16384

typedef unsigned long long u64;

static u64 sum;
static u64 keys[BATCH], values[BATCH];

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

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void report(const char *name, double *results, int count)
{
    qsort(results, count, sizeof(*results), compare);
    printf("%s %.2f %.2f\n", name, results[0], results[count / 2]);
}

/* Both sides hash alike, so that both have the same chains. */
static int filled(unsigned int entries)
{
    LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_ZERO_SEED);
    int map = bpf_map_create(BPF_MAP_TYPE_HASH, "jbpf_peer", 8, 8, entries, &options);
    u64 i;

    if (map < 0)
        fail("make a map");
    for (i = 0; i < entries; i++)
        if (bpf_map_update_elem(map, &i, &i, BPF_ANY))
            fail("update");
    return map;
}

static double lookups(int map)
{
    double begin = now_ns();
    u64 i, key, value;

    for (i = 0; i < OPERATIONS; i++) {
        key = i % SMALL;
        if (bpf_map_lookup_elem(map, &key, &value))
            fail("look up");
        sum += value;
    }
    return (now_ns() - begin) / OPERATIONS;
}

static double updates(int map)
{
    double begin = now_ns();
    u64 i, key;

    for (i = 0; i < OPERATIONS; i++) {
        key = i % SMALL;
        if (bpf_map_update_elem(map, &key, &i, BPF_ANY))
            fail("update");
    }
    return (now_ns() - begin) / OPERATIONS;
}

/* Every key once, and all of them back, which is not timed. */
static double deletes(int map)
{
    double begin = now_ns(), took;
    u64 i;

    for (i = 0; i < SMALL; i++)
        if (bpf_map_delete_elem(map, &i))
            fail("delete");
    took = now_ns() - begin;
    for (i = 0; i < SMALL; i++)
        if (bpf_map_update_elem(map, &i, &i, BPF_ANY))
            fail("update");
    return took / SMALL;
}

static double batches(int map, unsigned int entries)
{
    double begin = now_ns();
    unsigned int position, count, total = 0, i;
    int result, first = 1;

    do {
        count = BATCH;
        result = bpf_map_lookup_batch(map, first ? NULL : &position, &position, keys, values, &count, NULL);
        if (result && errno != ENOENT)
            fail("look up a batch");
        for (i = 0; i < count; i++)
            sum += keys[i] + values[i];
        total += count;
        first = 0;
    } while (!result);
    if (total != entries)
        fail("not all entries");
    return (now_ns() - begin) / entries;
}

static void *idle(void *unused)
{
    for (;;)
        pause();
    return unused;
}

int main(int argc, char **argv)
{
    int threads = argc > 3 ? atoi(argv[3]) : 1;
    pthread_t thread;
    int rounds = argc > 2 ? atoi(argv[1]) : 0, large = argc > 2 ? atoi(argv[2]) : 0, wide, i, map;
    double *results = calloc(rounds > 0 ? rounds : 1, sizeof(*results));

    if (argc < 3 || argc > 4 || threads < 1 || rounds < 1 || large < 1 || !results)
        return 2;
    while (--threads)
        if (pthread_create(&thread, NULL, idle, NULL))
            fail("start a thread");
    map = filled(SMALL);
    for (i = 0; i < rounds; i++)
        results[i] = lookups(map);
    report("lookup", results, rounds);
    for (i = 0; i < rounds; i++)
        results[i] = updates(map);
    report("update", results, rounds);
    for (i = 0; i < rounds; i++)
        results[i] = deletes(map);
    report("delete", results, rounds);
    for (i = 0; i < rounds; i++)
        results[i] = batches(map, SMALL);
    report("batch-small", results, rounds);

    map = filled(large);
    wide = rounds < 10 ? rounds : 10;
    for (i = 0; i < wide; i++)
        results[i] = batches(map, large);
    report("batch-large", results, wide);
    fprintf(stderr, "libbpf %s, checksum %llu\n", libbpf_version_string(), sum);
    return 0;
}
