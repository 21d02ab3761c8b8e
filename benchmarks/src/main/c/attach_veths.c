// SPDX-License-Identifier: Apache-2.0
// What AttachBenchmark does with jbpf, done with libbpf: attaches a program to every interface of some namespaces, lists,
// updates and detaches it, at TCX and at clsact; and plays the others whose filters must stay.
//
//   attach_veths measure PATH:FIRST-LAST ...   prints microseconds an operation
//   attach_veths foreign PATH:FIRST-LAST ...   adds a filter of another's to each interface; prints the id of its map
//   attach_veths check MAP-ID PATH:FIRST-LAST ...   each of those filters sees a frame that its interface gets
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, which older headers lack */
#define ETHERTYPE 0x88b5 /* for experiments in one place, IEEE 802 */
#define OUR_PRIORITY 7
#define THEIR_PRIORITY 49152
#define CLSACT_ROUNDS 20 /* as in AttachBenchmark */
#define MOST 4096

struct namespace {
    int fd, first, last;
};

static struct namespace namespaces[MOST];
static int namespace_count;
static int links[MOST];

static void fail(const char *what)
{
    fprintf(stderr, "attach_veths: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void check(int result, const char *what)
{
    if (result < 0) {
        errno = -result > 1 ? -result : errno;
        fail(what);
    }
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void open_namespaces(char **arguments)
{
    for (; *arguments; arguments++) {
        struct namespace *each = &namespaces[namespace_count++];
        char *range = strrchr(*arguments, ':');

        if (!range || sscanf(range, ":%d-%d", &each->first, &each->last) != 2)
            fail("PATH:FIRST-LAST");
        *range = 0;
        each->fd = open(*arguments, O_RDONLY | O_CLOEXEC);
        check(each->fd, *arguments);
    }
}

static int load(int map, int attach_type)
{
    /* return -1 (TCX_NEXT, TC_ACT_UNSPEC); with a map, count frames of ETHERTYPE first */
    struct bpf_insn counts[] = {
        {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = 16 /* protocol */},
        {.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 2, .imm = htons(ETHERTYPE), .off = 4},
        {.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 3, .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = map},
        {0},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4, .imm = 1},
        {.code = BPF_STX | 0xc0 /* BPF_ATOMIC */ | BPF_DW, .dst_reg = 3, .src_reg = 4, .imm = BPF_ADD},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = -1},
        {.code = BPF_JMP | BPF_EXIT},
    };
    struct bpf_insn *instructions = map ? counts : counts + 6;
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach_type);
    int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, map ? "theirs" : "peer", "GPL", instructions, map ? 8 : 2, &options);

    check(fd, "load");
    return fd;
}

typedef void operation(int interface, int number);

static int program, second;

static void each(const char *name, operation *what)
{
    double begin = now();
    int number = 0;

    for (int i = 0; i < namespace_count; i++) {
        check(setns(namespaces[i].fd, CLONE_NEWNET), "setns");
        for (int interface = namespaces[i].first; interface <= namespaces[i].last; interface++)
            what(interface, number++);
    }
    if (name)
        printf("%s %.2f\n", name, (now() - begin) / number);
    fflush(stdout);
}

static void tcx_attach(int interface, int number)
{
    links[number] = bpf_link_create(program, interface, TCX_INGRESS, NULL);
    check(links[number], "TCX link");
}

static void tcx_list(int interface, int number)
{
    __u32 ids[64], count = 64, flags;

    (void)number;
    check(bpf_prog_query(interface, TCX_INGRESS, 0, &flags, ids, &count), "TCX query");
    if (count != 1) {
        fprintf(stderr, "%u TCX programs on %d\n", count, interface);
        exit(1);
    }
}

static void tcx_update(int interface, int number)
{
    (void)interface;
    check(bpf_link_update(links[number], second, NULL), "TCX update");
}

static void tcx_detach(int interface, int number)
{
    (void)interface;
    close(links[number]);
}

static void filter(int interface, int fd, int priority, int flags)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = interface, .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = priority, .prog_fd = fd, .flags = flags);
    int made = bpf_tc_hook_create(&hook);

    if (made && made != -EEXIST)
        check(made, "clsact");
    check(bpf_tc_attach(&hook, &options), "filter");
}

static void clsact_attach(int interface, int number)
{
    (void)number;
    filter(interface, program, OUR_PRIORITY, 0);
}

static void clsact_update(int interface, int number)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = interface, .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = OUR_PRIORITY, .prog_fd = second, .flags = BPF_TC_F_REPLACE);

    (void)number;
    check(bpf_tc_attach(&hook, &options), "replace");
}

static void clsact_list(int interface, int number)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = interface, .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = OUR_PRIORITY);

    (void)number;
    check(bpf_tc_query(&hook, &options), "filter query");
}

static void clsact_detach(int interface, int number)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = interface, .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = OUR_PRIORITY);

    (void)number;
    check(bpf_tc_detach(&hook, &options), "remove");
}

static void foreign(int interface, int number)
{
    (void)number;
    filter(interface, program, THEIR_PRIORITY, 0);
}

static int counter;

static __u64 count(void)
{
    __u32 key = 0;
    __u64 value;

    check(bpf_map_lookup_elem(counter, &key, &value), "counter");
    return value;
}

/* The ends of a pair have neighbouring indexes: a frame sent by the one arrives at the other. */
static void arrives(int interface, int number)
{
    unsigned char frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, ETHERTYPE >> 8, ETHERTYPE & 0xff};
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = interface};
    int socket_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    __u64 before = count();
    double deadline = now() + 5e6;

    (void)number;
    check(socket_fd, "packet socket");
    check(sendto(socket_fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)), "send");
    while (count() == before)
        if (now() > deadline) {
            fprintf(stderr, "another's filter opposite interface %d sees nothing any more\n", interface);
            exit(1);
        }
    close(socket_fd);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("usage");
    libbpf_set_print(NULL); /* it says that a clsact is there already */
    if (!strcmp(argv[1], "measure")) {
        struct rlimit files = {65536, 65536};

        setrlimit(RLIMIT_NOFILE, &files);
        open_namespaces(argv + 2);
        printf("peer %s\n", libbpf_version_string());
        program = load(0, TCX_INGRESS);
        second = load(0, TCX_INGRESS);
        each("tcx-attach", tcx_attach);
        each("tcx-list", tcx_list);
        each("tcx-update", tcx_update);
        each("tcx-detach", tcx_detach);
        for (int round = 0; round < CLSACT_ROUNDS; round++) {
            each("clsact-attach", clsact_attach);
            each("clsact-list", clsact_list);
            each("clsact-update", clsact_update);
            each("clsact-detach", clsact_detach);
        }
    } else if (!strcmp(argv[1], "foreign")) {
        struct bpf_map_info info = {0};
        __u32 size = sizeof(info);

        open_namespaces(argv + 2);
        counter = bpf_map_create(BPF_MAP_TYPE_ARRAY, "their_count", 4, 8, 1, NULL);
        check(counter, "map");
        program = load(counter, 0);
        each(NULL, foreign);
        check(bpf_obj_get_info_by_fd(counter, &info, &size), "map info");
        printf("%u\n", info.id);
    } else if (!strcmp(argv[1], "check")) {
        counter = bpf_map_get_fd_by_id(atoi(argv[2]));
        check(counter, "map");
        open_namespaces(argv + 3);
        each(NULL, arrives);
    }
    return 0;
}
