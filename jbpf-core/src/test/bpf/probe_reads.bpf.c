// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Helpers of Linux 5.5 that older kernels have under another name.
#include "test.h"

static long (*const bpf_probe_read_user)(void *to, __u32 size, const void *unsafe) = (void *)112;
static long (*const bpf_probe_read_kernel)(void *to, __u32 size, const void *unsafe) = (void *)113;
static long (*const bpf_probe_read_user_str)(void *to, __u32 size, const void *unsafe) = (void *)114;
static long (*const bpf_probe_read_kernel_str)(void *to, __u32 size, const void *unsafe) = (void *)115;

SEC("raw_tp/sys_enter")
int reads(void *context)
{
    char here[8];
    void *task = bpf_get_current_task();

    return bpf_probe_read_user(here, sizeof(here), task) + bpf_probe_read_kernel(here, sizeof(here), task) +
           bpf_probe_read_user_str(here, sizeof(here), task) + bpf_probe_read_kernel_str(here, sizeof(here), task);
}

char licence[] SEC("license") = "GPL";
