// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A configuration option that no kernel has.
#include "test.h"

extern int CONFIG_NOBODY_HAS_THIS __attribute__((section(".kconfig")));

SEC("socket")
int needs_an_option(void *context)
{
    return CONFIG_NOBODY_HAS_THIS;
}

char licence[] SEC("license") = "GPL";
