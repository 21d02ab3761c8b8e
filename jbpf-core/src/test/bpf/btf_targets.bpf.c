// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Programs that are loaded for a function or type of the kernel or of another program.
#include "test.h"

__u64 switches;
__u32 tasks;

SEC("tp_btf/sched_switch")
int on_switch(__u64 *arguments)
{
    switches++;
    return 0;
}

struct task_struct;
struct bpf_iter_meta;
struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

SEC("iter/task")
int on_task(struct bpf_iter__task *context)
{
    if (context->task) {
        tasks++;
    }
    return 0;
}

SEC("?tp_btf/nobody_has_this_tracepoint")
int on_nothing(__u64 *arguments)
{
    return 0;
}

SEC("?tp_btf/no_such_module:sched_switch")
int in_no_module(__u64 *arguments)
{
    return 0;
}

SEC("?fentry")
int without_target(__u64 *arguments)
{
    return 0;
}

SEC("?fentry/do_nanosleep")
int on_entry(__u64 *arguments)
{
    return 0;
}

SEC("?fexit/do_nanosleep")
int on_exit(__u64 *arguments)
{
    return 0;
}

SEC("?fmod_ret/security_file_open")
int modifies(__u64 *arguments)
{
    return 0;
}

SEC("?lsm/file_open")
int on_open(__u64 *arguments)
{
    return 0;
}

__noinline int answer(int number)
{
    asm volatile("");
    return number + 1;
}

SEC("socket")
int asks(void *context)
{
    return answer(41);
}

SEC("?freplace/answer")
int better_answer(int number)
{
    return number + 2;
}

char licence[] SEC("license") = "GPL";
