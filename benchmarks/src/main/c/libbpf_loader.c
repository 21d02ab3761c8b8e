// SPDX-License-Identifier: Apache-2.0
/*
 * The peer of LoaderBenchmark: what libbpf takes for the same work, best and median of many rounds.
 *
 *   libbpf_loader OBJECT ROUNDS   ->  "peer VERSION", then lines "NAME BEST_US MEDIAN_US"
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(const char *name, double *us, int rounds)
{
    qsort(us, rounds, sizeof(*us), compare);
    printf("%s %.1f %.1f\n", name, us[0], us[rounds / 2]);
}

static int parse_btf(const char *unused)
{
    struct btf *btf = btf__load_vmlinux_btf();

    (void)unused;
    if (!btf)
        return -1;
    btf__free(btf);
    return 0;
}

static int load(const char *path)
{
    struct bpf_object *object = bpf_object__open_file(path, NULL);
    int failed;

    if (!object)
        return -1;
    failed = bpf_object__load(object);
    bpf_object__close(object);
    return failed;
}

/* Prints what many rounds took; 0, or -1 if one fails. */
static int measure(const char *name, int (*work)(const char *), const char *path, double *us, int rounds)
{
    int i;

    for (i = 0; i < rounds; i++) {
        double begin = now_us();

        if (work(path))
            return -1;
        us[i] = now_us() - begin;
    }
    report(name, us, rounds);
    return 0;
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[2]) : 0;
    double *us = calloc(rounds > 0 ? rounds : 1, sizeof(*us));

    if (argc != 3 || rounds < 1 || !us)
        return 2;
    printf("peer %s\n", libbpf_version_string());
    /* What the kernel can is probed once for the process, in the first round. */
    return measure("first-open-and-load", load, argv[1], us, 1) ||
           measure("kernel-btf-parse", parse_btf, argv[1], us, rounds) ||
           measure("open-and-load", load, argv[1], us, rounds);
}
