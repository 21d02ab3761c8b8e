// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Section names and what they mean.
#include "test.h"

#define PROGRAM(name, section)                                                                                         \
    SEC(section)                                                                                                       \
    int name(void *context)                                                                                            \
    {                                                                                                                  \
        return 0;                                                                                                      \
    }

PROGRAM(raw, "raw_tp/sys_enter")
PROGRAM(classic, "tracepoint/raw_syscalls/sys_enter")
PROGRAM(ingress, "tcx/ingress")
PROGRAM(classifier, "tc")
PROGRAM(express, "xdp")
PROGRAM(fragmented, "xdp.frags")
PROGRAM(entry, "fentry.s/do_unlinkat")
PROGRAM(egress, "cgroup_skb/egress")
PROGRAM(probe, "uprobe//usr/lib/libc.so.6:malloc")
PROGRAM(iterator, "iter/task")
PROGRAM(task, "syscall")
PROGRAM(sleepy, "?lsm.s/bprm_committed_creds")
PROGRAM(mystery, "of_my_own/thing")

char licence[] SEC("license") = "GPL";
