// The processes of pods.sh's pods, one a pod: each in a network namespace of its own, which is mounted in a directory as a
// container runtime does it. They echo UDP datagrams, and now and then make the system calls of the configuration that
// pods.sh counts.
//
//   pods DIRECTORY PORT
//
// Each line on standard input makes one; its process id is printed when its namespace is there. All end with standard input.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const char *directory;
static int port;

static void work(void)
{
    int null = open("/dev/null", O_RDWR);
    char byte = 0;

    if (read(null, &byte, 1) < 0 || write(null, &byte, 1) < 0)
        err(1, "/dev/null");
    close(null);
}

static void pod(int told)
{
    char path[4096];
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct timeval pause = { .tv_sec = 10 };

    // Not before here: who ended in between is not noticed otherwise.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == 1)
        _exit(0);
    if (unshare(CLONE_NEWNET))
        err(1, "unshare");
    snprintf(path, sizeof(path), "%s/cni-%d", directory, getpid());
    close(open(path, O_CREAT | O_RDONLY, 0444));
    if (mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL))
        err(1, "%s", path);

    int echo = socket(AF_INET, SOCK_DGRAM, 0);
    if (echo < 0 || bind(echo, (struct sockaddr *)&any, sizeof(any)) ||
        setsockopt(echo, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause)))
        err(1, "socket");
    dprintf(told, "%d\n", getpid());
    close(told);
    for (;;) {
        char datagram[64];
        struct sockaddr_in from;
        socklen_t length = sizeof(from);
        ssize_t size = recvfrom(echo, datagram, sizeof(datagram), 0, (struct sockaddr *)&from, &length);
        if (size >= 0)
            sendto(echo, datagram, size, 0, (struct sockaddr *)&from, length);
        else
            work();
    }
}

int main(int argc, char **argv)
{
    char line[16];

    if (argc != 3)
        errx(2, "usage: pods DIRECTORY PORT");
    directory = argv[1];
    port = atoi(argv[2]);
    // Nobody waits for those that end.
    signal(SIGCHLD, SIG_IGN);
    // Unbuffered by line: what follows is the next child's.
    while (fgets(line, sizeof(line), stdin)) {
        int told[2];
        char id[16];
        if (pipe(told))
            err(1, "pipe");
        pid_t child = fork();
        if (child < 0)
            err(1, "fork");
        if (child == 0) {
            fclose(stdin);
            close(told[0]);
            pod(told[1]);
        }
        close(told[1]);
        ssize_t size = read(told[0], id, sizeof(id));
        close(told[0]);
        if (size <= 0)
            errx(1, "a pod did not begin");
        if (write(STDOUT_FILENO, id, size) != size)
            err(1, "standard output");
    }
    return 0;
}
