package io.jbpf.programs;

import io.jbpf.link.KernelLink;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.link.TracingLink;
import io.jbpf.program.BpfProgram;

/**
 * Where the counter is attached: a stub, which stays, and the program behind it in a slot of a program array. The order is
 * that in which they are attached; what a program leaves behind is cleared away by those before it.
 */
enum CounterHook {
    RMDIR("cgroup_rmdir", "rmdir_stub", "forget_cgroup", "slots", 4),
    MKDIR("cgroup_mkdir", "mkdir_stub", "inherit_cgroup", "slots", 3),
    EXIT("sched_process_exit", "exit_stub", "note_exit", "slots", 2),
    FORK("sched_process_fork", "fork_stub", "follow_fork", "slots", 1),
    ENTER("sys_enter", "enter_stub", "count_syscalls", "slots", 0),
    /** In the place of {@link #ENTER} where the kernel can follow tasks without helpers, which costs a call less. */
    ENTER_BTF("sys_enter", "enter_btf_stub", "count_syscalls_btf", "enter_btf_slot", 0);

    private final String tracepoint;
    private final String stub;
    private final String program;
    private final String slots;
    private final int slot;

    CounterHook(String tracepoint, String stub, String program, String slots, int slot) {
        this.tracepoint = tracepoint;
        this.stub = stub;
        this.program = program;
        this.slots = slots;
        this.slot = slot;
    }

    /** {@return whether it is among those of a counter that counts by BTF tracepoint, or by raw tracepoint} */
    boolean belongs(boolean btf) {
        return this != (btf ? ENTER : ENTER_BTF);
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
        return this == ENTER_BTF ? TracingLink.attach(loadedStub) : RawTracepointLink.attach(loadedStub, tracepoint);
    }
}
