// SPDX-License-Identifier: Apache-2.0
/* What Caller's other process does, without the time that a virtual machine takes to start: see Caller.java. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void call(long times)
{
    while (times-- > 0)
        syscall(SYS_getppid);
}

/* getppid as 32-bit programs call it, where the processor can; answers whether it can. */
static int call_ia32(long times)
{
#ifdef __x86_64__
    while (times-- > 0) {
        long number = 64; /* asm/unistd_32.h */

        __asm__ volatile("int $0x80" : "+a"(number) : : "memory", "r8", "r9", "r10", "r11");
        if (number < 0)
            return 0;
    }
    return 1;
#else
    return 0;
#endif
}

static void *call_in_thread(void *times)
{
    call((long)times);
    return 0;
}

static void call_in_threads(int count, long times)
{
    pthread_t threads[count];

    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], 0, call_in_thread, (void *)times))
            exit(2);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], 0);
}

static int stay_on_first_processor(void)
{
    cpu_set_t first;

    CPU_ZERO(&first);
    CPU_SET(0, &first);
    return sched_setaffinity(0, sizeof(first), &first);
}

/*
 * Sleeps a moment and calls a few times, that often, on processor 0, as a real-time task: whoever runs there is preempted
 * wherever it is. Answers whether it may be one.
 */
static int call_in_naps(long naps, long times)
{
    struct timespec moment = {.tv_nsec = 50000};
    struct sched_param urgent = {.sched_priority = 1}, usual = {0};

    if (stay_on_first_processor() || sched_setscheduler(0, SCHED_FIFO, &urgent))
        return 0;
    while (naps-- > 0) {
        nanosleep(&moment, 0);
        call(times);
    }
    sched_setscheduler(0, SCHED_OTHER, &usual);
    return 1;
}

/* A child that takes orders as this one does; it ends when nobody gives any more. */
struct child {
    FILE *orders;
    FILE *answers;
    pid_t pid;
};

static int serve(FILE *orders, FILE *answers);

static void spawn(struct child *child, FILE *orders)
{
    int down[2], up[2];

    if (pipe(down) || pipe(up))
        exit(2);
    child->pid = fork();
    if (child->pid == 0) {
        close(fileno(orders));
        close(down[1]);
        close(up[0]);
        _exit(serve(fdopen(down[0], "r"), fdopen(up[1], "w")));
    }
    close(down[0]);
    close(up[1]);
    child->orders = fdopen(down[1], "w");
    child->answers = fdopen(up[0], "r");
    if (child->pid < 0 || fscanf(child->answers, "%*s") < 0)
        exit(2);
}

static void end(struct child *child)
{
    if (child->pid) {
        fclose(child->orders);
        fclose(child->answers);
        waitpid(child->pid, 0, 0);
    }
    child->pid = 0;
}

static int serve(FILE *orders, FILE *answers)
{
    struct child child = {0};
    char line[100], order[100];
    long first, second;

    for (strcpy(line, "ready"); ; ) {
        first = second = 0;
        sscanf(line, "%99s %ld %ld", order, &first, &second);
        if (!strcmp(order, "call"))
            call(first);
        else if (!strcmp(order, "threads"))
            call_in_threads(first, second);
        else if (!strcmp(order, "stay"))
            stay_on_first_processor();
        else if (!strcmp(order, "spawn"))
            spawn(&child, orders);
        else if (!strcmp(order, "end"))
            end(&child);
        else if (!strcmp(order, "child")) {
            fprintf(child.orders, "call %ld\n", first);
            fflush(child.orders);
            if (fscanf(child.answers, "%99s", line) != 1)
                return 2;
        }
        if (!strcmp(order, "ia32"))
            fprintf(answers, "%s\n", call_ia32(first) ? "yes" : "no");
        else if (!strcmp(order, "naps"))
            fprintf(answers, "%s\n", call_in_naps(first, second) ? "yes" : "no");
        else if (!strcmp(order, "spawn"))
            fprintf(answers, "%d\n", child.pid);
        else
            fprintf(answers, "%s\n", strcmp(order, "ready") ? "done" : "ready");
        fflush(answers);
        if (!fgets(line, sizeof(line), orders))
            break;
    }
    end(&child);
    return 0;
}

int main(void)
{
    return serve(stdin, stdout);
}
