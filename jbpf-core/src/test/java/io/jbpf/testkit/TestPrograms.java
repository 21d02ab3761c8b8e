package io.jbpf.testkit;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;

/** Programs of two instructions, for tests of attachments: what they do is return a number. */
public final class TestPrograms {
    /** The next filter judges; the packet passes if there is none. */
    public static final int TC_ACT_UNSPEC = -1;

    /** The packet passes, and no later filter sees it. */
    public static final int TC_ACT_OK = 0;

    /** The packet is dropped. */
    public static final int TC_ACT_SHOT = 2;

    private static final int SCHED_CLS = 3;

    private TestPrograms() {}

    /** {@return a loaded SCHED_CLS program that returns this for every packet} */
    @SuppressWarnings("exports")
    public static Fd schedCls(String name, int verdict) {
        NativeMemory instructions = NativeMemory.allocate(16);
        // r0 = verdict; exit
        instructions.buffer().put(0, (byte) 0xb7).putInt(4, verdict).put(8, (byte) 0x95);
        NativeMemory nothing = NativeMemory.allocate(0);
        int fd = Bpf.host()
                .programLoad(
                        new Bpf.ProgramDefinition(
                                name, SCHED_CLS, instructions, "GPL", 0, 0, 0, 0, nothing, 0, nothing, 0, 0, 0),
                        nothing,
                        0);
        if (fd < 0) {
            throw new SystemCallException("load test program '" + name + "'", "bpf(BPF_PROG_LOAD)", new Errno(-fd));
        }
        return Bpf.host().own(fd, "program '" + name + "'");
    }

    /** {@return another handle on the same program, with an owner of its own} */
    @SuppressWarnings("exports")
    public static BpfProgram owned(Fd program) {
        NativeMemory info = NativeMemory.allocate(8);
        Bpf.host().info(program, info);
        int id = info.buffer().getInt(4); // bpf_prog_info.id
        return BpfProgram.openById(id);
    }
}
