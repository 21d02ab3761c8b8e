// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// One program that needs something from outside, and one that does not.
#include "test.h"

extern int LINUX_KERNEL_VERSION __attribute__((section(".kconfig")));

SEC("socket")
int needs_extern(void *context)
{
    return LINUX_KERNEL_VERSION;
}

SEC("socket")
int needs_nothing(void *context)
{
    return 3;
}

char licence[] SEC("license") = "GPL";
