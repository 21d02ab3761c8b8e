// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Zeroed variables in a section of one's own, which libbpf knows since 1.5 only.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int count SEC(".bss.of_mine");

SEC("socket")
int counts(struct __sk_buff *packet)
{
    return count++;
}

char licence[] SEC("license") = "GPL";
