// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Programs in libbpf's macros, as its users write them.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>
#include <bpf/usdt.bpf.h>

struct task_struct {
    int pid;
    struct task_struct *real_parent;
} __attribute__((preserve_access_index));

struct file;

int last;

SEC("kprobe/do_nanosleep")
int BPF_KPROBE(on_nanosleep, void *timer, int mode)
{
    last = mode;
    bpf_printk("mode %d", mode);
    return 0;
}

SEC("kretprobe/do_nanosleep")
int BPF_KRETPROBE(on_nanosleep_return, long returned)
{
    last = returned;
    return 0;
}

SEC("uprobe//bin/sh:main")
int BPF_KPROBE(on_main, int count)
{
    last = count;
    return 0;
}

SEC("usdt//bin/sh:provider:name")
int BPF_USDT(on_usdt, int number)
{
    last = number;
    return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, _Bool preempted, struct task_struct *previous, struct task_struct *next)
{
    last = preempted ? previous->pid : next->real_parent->pid;
    return 0;
}

SEC("fentry/do_nanosleep")
int BPF_PROG(on_entry)
{
    return 0;
}

SEC("fexit/do_nanosleep")
int BPF_PROG(on_exit)
{
    return 0;
}

SEC("lsm/file_open")
int BPF_PROG(on_open, struct file *file)
{
    return 0;
}

SEC("xdp")
int parses(struct xdp_md *context)
{
    void *data = (void *)(long)context->data, *end = (void *)(long)context->data_end;
    struct ethhdr *ethernet = data;
    struct iphdr *ip = (void *)(ethernet + 1);

    if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP)) {
        return XDP_PASS;
    }
    return ip->ttl > 1 ? XDP_PASS : XDP_DROP;
}

SEC("tracepoint/sched/sched_switch")
int unrolls(void *context)
{
    char text[64] = {};

#pragma unroll
    for (int i = 0; i < 8; i++) {
        text[i * 8] = i;
    }
    return bpf_get_current_comm(text, 16) ? 0 : text[8];
}

char licence[] SEC("license") = "GPL";
