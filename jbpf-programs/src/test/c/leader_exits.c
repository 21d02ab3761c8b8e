// SPDX-License-Identifier: Apache-2.0
/* leader_exits COUNT: its first thread ends at once, another calls getppid that often when a line comes, and prints one. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *call(void *times)
{
    char line[16];

    if (!fgets(line, sizeof(line), stdin))
        return 0;
    for (long i = atol(times); i > 0; i--)
        getppid();
    puts("done");
    fflush(stdout);
    fgets(line, sizeof(line), stdin);
    return 0;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    if (argc != 2 || pthread_create(&thread, 0, call, argv[1]))
        return 1;
    pthread_exit(0);
}
