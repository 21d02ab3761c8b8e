// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A function as some kernels have it and as others do: the part from ___ on is no part of its name.
#include "test.h"

#define __ksym __attribute__((section(".ksyms")))
#define __weak __attribute__((weak))

extern void bpf_rcu_read_lock(void) __ksym;
extern int bpf_rcu_read_lock___with_a_number(int number) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym;

__u32 with_a_number;

SEC("syscall")
int calls_the_one_there_is(void *context)
{
    bpf_rcu_read_lock();
    bpf_rcu_read_unlock();
    if (bpf_rcu_read_lock___with_a_number) {
        with_a_number = 1;
    }
    return 0;
}

char licence[] SEC("license") = "GPL";
