// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// What programs can need from outside: configuration, variables, functions and addresses of the kernel.
#include "test.h"

#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define __weak __attribute__((weak))

enum libbpf_tristate { TRI_NO = 0, TRI_MODULE = 1, TRI_YES = 2 };

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_BPF_COOKIE __kconfig __weak;
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig __weak;
extern _Bool CONFIG_BPF_SYSCALL __kconfig;
extern char CONFIG_BPF_JIT __kconfig;
extern enum libbpf_tristate CONFIG_BPF __kconfig;
extern int CONFIG_HZ __kconfig;
extern __u64 CONFIG_ILLEGAL_POINTER_VALUE __kconfig __weak;
extern char CONFIG_CC_VERSION_TEXT[8] __kconfig;
extern int CONFIG_NOBODY_HAS_THIS __kconfig __weak;

struct rq {
    __u32 nr_running;
};
struct task_struct {
    int pid;
};

extern const struct rq runqueues __ksym;
extern const void _stext __ksym;
extern const void nobody_has_this_symbol __ksym __weak;
extern const void nobody_has_this_symbol_either __ksym;
extern const int nobody_has_this_variable __ksym __weak;

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock___flavoured(void) __ksym;
extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *p) __ksym __weak;
extern int nobody_has_this_function(int number) __ksym __weak;

static __u64 (*const bpf_get_current_pid_tgid)(void) = (void *)14;
static void *(*const bpf_per_cpu_ptr)(const void *variable, __u32 cpu) = (void *)153;

__u64 version, hz, address, missing_address, pointer_value;
__u32 cookie, wrapper, bpf_syscall, jit, bpf, missing_option, cpus, tasks, missing_function;
char compiler[8];

SEC("socket")
int reads_configuration(void *context)
{
    version = LINUX_KERNEL_VERSION;
    cookie = LINUX_HAS_BPF_COOKIE;
    wrapper = LINUX_HAS_SYSCALL_WRAPPER;
    bpf_syscall = CONFIG_BPF_SYSCALL;
    jit = CONFIG_BPF_JIT;
    bpf = CONFIG_BPF;
    hz = CONFIG_HZ;
    pointer_value = CONFIG_ILLEGAL_POINTER_VALUE;
    missing_option = CONFIG_NOBODY_HAS_THIS + 7;
    for (int i = 0; i < 8; i++) {
        compiler[i] = CONFIG_CC_VERSION_TEXT[i];
    }
    return 0;
}

SEC("socket")
int reads_symbols(void *context)
{
    address = (__u64)&_stext;
    missing_address = (__u64)&nobody_has_this_symbol + (__u64)&nobody_has_this_variable;
    return 0;
}

SEC("?raw_tp")
int reads_a_variable(void *context)
{
    if (bpf_per_cpu_ptr(&runqueues, 0)) {
        cpus++;
    }
    return 0;
}

SEC("?syscall")
int calls_functions(void *context)
{
    bpf_rcu_read_lock();
    bpf_rcu_read_unlock___flavoured();
    if (bpf_task_from_pid) {
        struct task_struct *task = bpf_task_from_pid((__s32)bpf_get_current_pid_tgid());
        if (task) {
            tasks++;
            bpf_task_release(task);
        }
    }
    if (nobody_has_this_function) {
        missing_function = nobody_has_this_function(1);
    }
    return 0;
}

SEC("?socket")
int calls_a_missing_function(void *context)
{
    return nobody_has_this_function(1);
}

SEC("?socket")
int needs_a_missing_symbol(void *context)
{
    return (int)(__u64)&nobody_has_this_symbol_either;
}

SEC("socket")
int needs_nothing(void *context)
{
    return 3;
}

char licence[] SEC("license") = "GPL";
