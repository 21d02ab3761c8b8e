// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* Four programs with more than two hundred CO-RE relocations: what a loader has to fit to the kernel's types. */
#include <jbpf/bpf.h>

char LICENSE[] SEC("license") = "GPL";

JBPF_CORE_BEGIN
struct task_struct {
    unsigned long pid;
    unsigned long tgid;
    unsigned long flags;
    unsigned long prio;
    unsigned long static_prio;
    unsigned long normal_prio;
    unsigned long rt_priority;
    unsigned long policy;
    unsigned long exit_code;
    unsigned long exit_signal;
    unsigned long pdeath_signal;
    unsigned long personality;
    unsigned long start_time;
    unsigned long utime;
    unsigned long stime;
    unsigned long nvcsw;
    unsigned long nivcsw;
    unsigned long min_flt;
    unsigned long maj_flt;
    unsigned long sessionid;
    unsigned long nr_cpus_allowed;
    unsigned long exit_state;
    unsigned long on_cpu;
    unsigned long on_rq;
    unsigned long wake_cpu;
    unsigned long last_switch_count;
    unsigned long last_switch_time;
    unsigned long sas_ss_sp;
    unsigned long sas_ss_size;
    unsigned long sas_ss_flags;
    unsigned long self_exec_id;
    unsigned long parent_exec_id;
    unsigned long ptrace_message;
    void *stack;
    void *mm;
    void *active_mm;
    void *real_parent;
    void *parent;
    void *group_leader;
    void *thread_pid;
    void *real_cred;
    void *cred;
    void *nsproxy;
    void *signal;
    void *files;
    void *fs;
    void *sighand;
    void *cgroups;
    void *last_siginfo;
    void *sched_class;
    void *io_context;
    char comm[16];
};
JBPF_CORE_END

/* Where a field is: one relocation each, in programs that the verifier has next to nothing to do with. */
#define AT(field) sum += __builtin_preserve_field_info(((struct task_struct *)0)->field, 0)

SEC("raw_tp/sys_enter")
int program_0(void *ctx)
{
    int sum = 0;

    AT(pid);
    AT(tgid);
    AT(flags);
    AT(prio);
    AT(static_prio);
    AT(normal_prio);
    AT(rt_priority);
    AT(policy);
    AT(exit_code);
    AT(exit_signal);
    AT(pdeath_signal);
    AT(personality);
    AT(start_time);
    AT(utime);
    AT(stime);
    AT(nvcsw);
    AT(nivcsw);
    AT(min_flt);
    AT(maj_flt);
    AT(sessionid);
    AT(nr_cpus_allowed);
    AT(exit_state);
    AT(on_cpu);
    AT(on_rq);
    AT(wake_cpu);
    AT(last_switch_count);
    AT(last_switch_time);
    AT(sas_ss_sp);
    AT(sas_ss_size);
    AT(sas_ss_flags);
    AT(self_exec_id);
    AT(parent_exec_id);
    AT(ptrace_message);
    AT(stack);
    AT(mm);
    AT(active_mm);
    AT(real_parent);
    AT(parent);
    AT(group_leader);
    AT(thread_pid);
    AT(real_cred);
    AT(cred);
    AT(nsproxy);
    AT(signal);
    AT(files);
    AT(fs);
    AT(sighand);
    AT(cgroups);
    AT(last_siginfo);
    AT(sched_class);
    AT(io_context);
    AT(comm);
    return sum;
}

SEC("raw_tp/sys_enter")
int program_1(void *ctx)
{
    int sum = 1;

    AT(pid);
    AT(tgid);
    AT(flags);
    AT(prio);
    AT(static_prio);
    AT(normal_prio);
    AT(rt_priority);
    AT(policy);
    AT(exit_code);
    AT(exit_signal);
    AT(pdeath_signal);
    AT(personality);
    AT(start_time);
    AT(utime);
    AT(stime);
    AT(nvcsw);
    AT(nivcsw);
    AT(min_flt);
    AT(maj_flt);
    AT(sessionid);
    AT(nr_cpus_allowed);
    AT(exit_state);
    AT(on_cpu);
    AT(on_rq);
    AT(wake_cpu);
    AT(last_switch_count);
    AT(last_switch_time);
    AT(sas_ss_sp);
    AT(sas_ss_size);
    AT(sas_ss_flags);
    AT(self_exec_id);
    AT(parent_exec_id);
    AT(ptrace_message);
    AT(stack);
    AT(mm);
    AT(active_mm);
    AT(real_parent);
    AT(parent);
    AT(group_leader);
    AT(thread_pid);
    AT(real_cred);
    AT(cred);
    AT(nsproxy);
    AT(signal);
    AT(files);
    AT(fs);
    AT(sighand);
    AT(cgroups);
    AT(last_siginfo);
    AT(sched_class);
    AT(io_context);
    AT(comm);
    return sum;
}

SEC("raw_tp/sys_enter")
int program_2(void *ctx)
{
    int sum = 2;

    AT(pid);
    AT(tgid);
    AT(flags);
    AT(prio);
    AT(static_prio);
    AT(normal_prio);
    AT(rt_priority);
    AT(policy);
    AT(exit_code);
    AT(exit_signal);
    AT(pdeath_signal);
    AT(personality);
    AT(start_time);
    AT(utime);
    AT(stime);
    AT(nvcsw);
    AT(nivcsw);
    AT(min_flt);
    AT(maj_flt);
    AT(sessionid);
    AT(nr_cpus_allowed);
    AT(exit_state);
    AT(on_cpu);
    AT(on_rq);
    AT(wake_cpu);
    AT(last_switch_count);
    AT(last_switch_time);
    AT(sas_ss_sp);
    AT(sas_ss_size);
    AT(sas_ss_flags);
    AT(self_exec_id);
    AT(parent_exec_id);
    AT(ptrace_message);
    AT(stack);
    AT(mm);
    AT(active_mm);
    AT(real_parent);
    AT(parent);
    AT(group_leader);
    AT(thread_pid);
    AT(real_cred);
    AT(cred);
    AT(nsproxy);
    AT(signal);
    AT(files);
    AT(fs);
    AT(sighand);
    AT(cgroups);
    AT(last_siginfo);
    AT(sched_class);
    AT(io_context);
    AT(comm);
    return sum;
}

SEC("raw_tp/sys_enter")
int program_3(void *ctx)
{
    int sum = 3;

    AT(pid);
    AT(tgid);
    AT(flags);
    AT(prio);
    AT(static_prio);
    AT(normal_prio);
    AT(rt_priority);
    AT(policy);
    AT(exit_code);
    AT(exit_signal);
    AT(pdeath_signal);
    AT(personality);
    AT(start_time);
    AT(utime);
    AT(stime);
    AT(nvcsw);
    AT(nivcsw);
    AT(min_flt);
    AT(maj_flt);
    AT(sessionid);
    AT(nr_cpus_allowed);
    AT(exit_state);
    AT(on_cpu);
    AT(on_rq);
    AT(wake_cpu);
    AT(last_switch_count);
    AT(last_switch_time);
    AT(sas_ss_sp);
    AT(sas_ss_size);
    AT(sas_ss_flags);
    AT(self_exec_id);
    AT(parent_exec_id);
    AT(ptrace_message);
    AT(stack);
    AT(mm);
    AT(active_mm);
    AT(real_parent);
    AT(parent);
    AT(group_leader);
    AT(thread_pid);
    AT(real_cred);
    AT(cred);
    AT(nsproxy);
    AT(signal);
    AT(files);
    AT(fs);
    AT(sighand);
    AT(cgroups);
    AT(last_siginfo);
    AT(sched_class);
    AT(io_context);
    AT(comm);
    return sum;
}
