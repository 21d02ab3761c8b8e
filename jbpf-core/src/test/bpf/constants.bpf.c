// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Constants that no program uses, as metadata that tools read, and variables that nobody else shall see.
#include "test.h"

const char bpf_metadata_version[] SEC(".rodata") = "1.2.3";
__hidden __u32 hidden_count = 1;

SEC("socket")
int uses_none(void *context)
{
    return 0;
}

SEC("socket")
int counts_in_secret(void *context)
{
    return hidden_count++;
}

char licence[] SEC("license") = "GPL";
