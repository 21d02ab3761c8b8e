package io.jbpf.programs;

import io.jbpf.link.KernelLink;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.link.TracepointLink;
import io.jbpf.link.TracingLink;
import io.jbpf.program.BpfProgram;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the counter is attached: a stub, which stays, and the program behind it in a slot of a program array. The order is
 * that in which they are attached; what a program leaves behind is cleared away by those before it.
 */
enum CounterHook {
    RMDIR("cgroup_rmdir", "rmdir_stub", "forget_cgroup", "slots", 4, Optional.empty()),
    MKDIR("cgroup_mkdir", "mkdir_stub", "inherit_cgroup", "slots", 3, Optional.empty()),
    EXIT("sched_process_exit", "exit_stub", "note_exit", "slots", 2, Optional.empty()),
    /** Does again what {@link #EXIT} does, where that may be left out while another task is preempted in it. */
    EXIT_AGAIN(
            "sched_process_exit",
            "exit_again_stub",
            "note_exit",
            "slots",
            2,
            Optional.of(SysEnterHook.CLASSIC_TRACEPOINT)),
    FORK("sched_process_fork", "fork_stub", "follow_fork", "slots", 1, Optional.empty()),
    /** Does again what {@link #FORK} does, as {@link #EXIT_AGAIN}. */
    FORK_AGAIN(
            "sched_process_fork",
            "fork_again_stub",
            "follow_fork",
            "slots",
            1,
            Optional.of(SysEnterHook.CLASSIC_TRACEPOINT)),
    ENTER("sys_enter", "enter_stub", "count_syscalls", "slots", 0, Optional.of(SysEnterHook.RAW_TRACEPOINT)),
    ENTER_BTF(
            "sys_enter",
            "enter_btf_stub",
            "count_syscalls_btf",
            "enter_btf_slot",
            0,
            Optional.of(SysEnterHook.BTF_TRACEPOINT)),
    /** Tells {@link #ENTER_MISSED} what {@link #ENTER_TP} has seen, across switches of tasks. */
    SWITCH(
            "sched_switch",
            "switch_stub",
            "note_switch",
            "switch_slot",
            0,
            Optional.of(SysEnterHook.CLASSIC_TRACEPOINT)),
    ENTER_TP(
            "sys_enter",
            "enter_tp_stub",
            "count_syscalls_tp",
            "enter_tp_slot",
            0,
            Optional.of(SysEnterHook.CLASSIC_TRACEPOINT)),
    /** Takes on what {@link #ENTER_TP} is left out of; after it, so that nothing that it takes on was missed before. */
    ENTER_MISSED(
            "sys_enter",
            "enter_btf_stub",
            "count_missed_btf",
            "enter_btf_slot",
            0,
            Optional.of(SysEnterHook.CLASSIC_TRACEPOINT));

    private final String tracepoint;
    private final String stub;
    private final String program;
    private final String slots;
    private final int slot;
    /** The only way to see system calls with which it is there; if empty, it always is. */
    private final Optional<SysEnterHook> only;

    CounterHook(String tracepoint, String stub, String program, String slots, int slot, Optional<SysEnterHook> only) {
        this.tracepoint = tracepoint;
        this.stub = stub;
        this.program = program;
        this.slots = slots;
        this.slot = slot;
        this.only = only;
    }

    /** {@return those of a counter that sees system calls in this way, in the order in which they are attached} */
    static List<CounterHook> of(SysEnterHook way) {
        return Stream.of(values()).filter(hook -> hook.only.orElse(way) == way).toList();
    }

    /** {@return the name of the program that is attached, also of its pin} */
    String stub() {
        return stub;
    }

    /** {@return the name of the program that does the work} */
    String program() {
        return program;
    }

    /** {@return the name of the program array} */
    String slots() {
        return slots;
    }

    /** {@return its index there} */
    int slot() {
        return slot;
    }

    /** {@return the name of the link's pin} */
    String link() {
        return stub.replace("stub", "link");
    }

    /** Attaches the stub. */
    KernelLink attach(BpfProgram loadedStub) {
        return switch (this) {
            case ENTER_BTF, ENTER_MISSED -> TracingLink.attach(loadedStub);
            case ENTER_TP -> TracepointLink.attach(loadedStub, "raw_syscalls", tracepoint);
            default -> RawTracepointLink.attach(loadedStub, tracepoint);
        };
    }
}
