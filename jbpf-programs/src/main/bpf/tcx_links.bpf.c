// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * Tells which TCX links are attached to nothing any more: an iterator over all links of the machine (Linux 5.19; TCX itself is
 * of 6.6) that writes the id of each such link, four bytes. One pass of the kernel's takes the place of a system call, and the
 * lock of all of networking, for each link.
 */
#include <jbpf/tracing.h>

/* GPL-compatible, as the kernel wants it for some helpers; our other licence (SPDX above) has no word of its own there. */
char LICENSE[] SEC("license") = "GPL";

JBPF_CORE_BEGIN

enum bpf_link_type {
    BPF_LINK_TYPE_TCX = 11,
};

struct bpf_link {
    __u32 id;
    enum bpf_link_type type;
};

struct net_device;

/* include/net/tcx.h. The kernel takes dev away when somebody detaches the link, and when the interface goes. */
struct tcx_link {
    struct bpf_link link;
    struct net_device *dev;
};

struct bpf_iter_meta {
    struct seq_file *seq;
};

struct bpf_iter__bpf_link {
    struct bpf_iter_meta *meta;
    struct bpf_link *link;
};

JBPF_CORE_END

SEC("iter/bpf_link")
int detached_links(struct bpf_iter__bpf_link *context)
{
    struct bpf_link *link = context->link;
    if (!link || link->type != BPF_LINK_TYPE_TCX) { /* after the last one there is none */
        return 0;
    }
    struct net_device *device;
    if (core_read(&device, &((struct tcx_link *)link)->dev) || device) {
        return 0;
    }
    __u32 id = link->id;
    bpf_seq_write(context->meta->seq, &id, sizeof(id));
    return 0;
}
