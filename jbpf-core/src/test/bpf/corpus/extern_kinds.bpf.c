// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// What a program can ask of the kernel by name: options of each type, symbols, variables and functions.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool LINUX_HAS_BPF_COOKIE __kconfig __weak;
extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig __weak;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern char CONFIG_NET __kconfig;
extern enum libbpf_tristate CONFIG_INET __kconfig;
extern enum libbpf_tristate CONFIG_NOBODY_HAS_THIS_EITHER __kconfig __weak;
extern int CONFIG_HZ __kconfig;
extern unsigned long CONFIG_BASE_SMALL_OR_NOT __kconfig __weak;
extern char CONFIG_DEFAULT_HOSTNAME[16] __kconfig __weak;
extern int CONFIG_NOBODY_HAS_THIS __kconfig __weak;

extern const void _text __ksym;
extern const void nobody_has_this_symbol __ksym __weak;
extern const int bpf_prog_active __ksym __weak;

struct rq {
    unsigned int nr_running;
};
extern const struct rq runqueues __ksym __weak;

void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym;
extern void nobody_has_this_function(int number) __ksym __weak;

__u64 out[16];

SEC("raw_tp/sched_switch")
int options(void *context)
{
    out[0] = LINUX_KERNEL_VERSION;
    out[1] = LINUX_HAS_BPF_COOKIE + LINUX_HAS_SYSCALL_WRAPPER;
    out[2] = CONFIG_BPF_SYSCALL;
    out[3] = CONFIG_NET;
    out[4] = CONFIG_INET == TRI_YES;
    out[5] = CONFIG_NOBODY_HAS_THIS_EITHER == TRI_MODULE;
    out[6] = CONFIG_HZ;
    out[7] = CONFIG_BASE_SMALL_OR_NOT;
    out[8] = CONFIG_DEFAULT_HOSTNAME[0];
    out[9] = CONFIG_NOBODY_HAS_THIS;
    return 0;
}

/* What is behind a condition that is always false need not be there. */
SEC("raw_tp/sched_switch")
int dead_code(void *context)
{
    if (CONFIG_NOBODY_HAS_THIS) {
        nobody_has_this_function(1);
    }
    return 0;
}

SEC("raw_tp/sched_switch")
int symbols(void *context)
{
    out[0] = (__u64)&_text;
    out[1] = (__u64)&nobody_has_this_symbol;
    return 0;
}

/* The kernel finds their addresses only if it was built with CONFIG_KALLSYMS_ALL. */
SEC("raw_tp/sched_wakeup")
int variables(void *context)
{
    const struct rq *queue = &runqueues ? bpf_per_cpu_ptr(&runqueues, 0) : 0;

    if (queue) {
        out[0] = queue->nr_running;
    }
    if (&bpf_prog_active) {
        out[1] = *(const int *)bpf_this_cpu_ptr(&bpf_prog_active);
    }
    return 0;
}

SEC("tc")
int functions(struct __sk_buff *packet)
{
    bpf_rcu_read_lock();
    bpf_rcu_read_unlock();
    if (nobody_has_this_function) {
        nobody_has_this_function(1);
    }
    return 0;
}

char licence[] SEC("license") = "GPL";
