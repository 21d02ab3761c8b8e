// SPDX-License-Identifier: Apache-2.0
/*
 * What one getppid(2) costs. For each line on the standard input, "TURNS CALLS", it makes so many turns of so many calls
 * and answers with the nanoseconds a call of the fastest turn: on a machine with other work, short turns find a quiet moment.
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(void)
{
    int turns, calls;

    while (scanf("%d %d", &turns, &calls) == 2) {
        double best = 1e18;

        for (int turn = 0; turn < turns; turn++) {
            double begin = now(), each;

            for (int call = 0; call < calls; call++)
                syscall(SYS_getppid);
            each = (now() - begin) / calls;
            if (each < best)
                best = each;
        }
        printf("%.2f\n", best);
        fflush(stdout);
    }
    return 0;
}
