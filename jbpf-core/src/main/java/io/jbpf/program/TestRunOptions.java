package io.jbpf.program;

import io.jbpf.object.ProgramType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a program is run with when nothing is attached. Immutable.
 *
 * <ul>
 *   <li>Programs on packets get a packet, and may get a context: a {@code struct __sk_buff} (Linux 5.1) or {@code struct
 *       xdp_md} (5.15), of which the kernel takes the members that can be chosen and wants the others zero.
 *   <li>Raw tracepoints (5.10) get their arguments as the context, eight bytes each.
 *   <li>SYSCALL programs (5.14) get the context as it is, and what they write to it comes back.
 *   <li>Programs for socket look-ups (5.11) get a {@code struct bpf_sk_lookup} as the context.
 * </ul>
 */
public final class TestRunOptions {
    /** By so much programs may lengthen a packet: a page is all that one has in a test run. */
    private static final int ROOM = 4096;

    private static final int ON_CPU = 1;
    private static final int LIVE_FRAMES = 1 << 1;

    private final byte[] packet;
    private final byte[] context;
    private final int repeat;
    private final OptionalInt cpu;
    private final OptionalInt liveBatch;

    private TestRunOptions(byte[] packet, byte[] context, int repeat, OptionalInt cpu, OptionalInt liveBatch) {
        this.packet = packet;
        this.context = context;
        this.repeat = repeat;
        this.cpu = cpu;
        this.liveBatch = liveBatch;
    }

    /** {@return a run on a packet, from its Ethernet header on} */
    public static TestRunOptions packet(byte[] packet) {
        return new TestRunOptions(packet.clone(), new byte[0], 1, OptionalInt.empty(), OptionalInt.empty());
    }

    /** {@return a run with a context and without a packet} */
    public static TestRunOptions context(byte[] context) {
        return new TestRunOptions(new byte[0], context.clone(), 1, OptionalInt.empty(), OptionalInt.empty());
    }

    /** {@return these, with a context beside the packet, in native byte order} */
    public TestRunOptions withContext(byte[] given) {
        return new TestRunOptions(packet, given.clone(), repeat, cpu, liveBatch);
    }

    /**
     * {@return these, run so many times}
     *
     * @throws IllegalArgumentException if that is less than once, or there is no packet and it is more
     */
    public TestRunOptions withRepeat(int times) {
        if (times < 1 || (times > 1 && packet.length == 0)) {
            throw new IllegalArgumentException("a program is run at least once, and without a packet only once");
        }
        return new TestRunOptions(packet, context, times, cpu, liveBatch);
    }

    /** {@return these, run on that CPU: raw tracepoints, Linux 5.10} */
    public TestRunOptions onCpu(int number) {
        return new TestRunOptions(packet, context, repeat, OptionalInt.of(number), liveBatch);
    }

    /**
     * {@return these, with frames that are really sent and passed as an XDP program decides (Linux 5.18)}
     *
     * The context says on which interface: {@code xdp_md.ingress_ifindex}. Nothing comes back.
     *
     * @param batch how many frames are handled at once, at most 256; 0 for the kernel's choice
     */
    public TestRunOptions withLiveFrames(int batch) {
        return new TestRunOptions(packet, context, repeat, cpu, OptionalInt.of(batch));
    }

    TestRun run(Fd program, Optional<ProgramType> type) {
        boolean packets = packet.length > 0;
        boolean live = liveBatch.isPresent();
        NativeMemory given = NativeMemory.copyOf(context);
        NativeMemory data = NativeMemory.allocate(packets && !live ? packet.length + ROOM : 0);
        NativeMemory left = NativeMemory.allocate(!live && givesContext(type) ? context.length : 0);
        Bpf.TestRunResult result = Bpf.with(program.calls())
                .programTestRun(
                        program,
                        new Bpf.TestRun(
                                NativeMemory.copyOf(packet),
                                data,
                                given,
                                left,
                                packets ? repeat : 0,
                                (cpu.isPresent() ? ON_CPU : 0) | (live ? LIVE_FRAMES : 0),
                                cpu.orElse(0),
                                liveBatch.orElse(0)));
        // The kernel writes a SYSCALL program's context back to where it was.
        boolean inPlace = type.filter(ProgramType.SYSCALL::equals).isPresent();
        return new TestRun(
                result.returned(),
                result.nanoseconds(),
                readOnly(data, result.dataSize()),
                inPlace ? readOnly(given, given.size()) : readOnly(left, result.contextSize()));
    }

    private boolean givesContext(Optional<ProgramType> type) {
        boolean dissects = type.filter(ProgramType.FLOW_DISSECTOR::equals).isPresent();
        return (packet.length > 0 && !dissects)
                || type.filter(ProgramType.SK_LOOKUP::equals).isPresent();
    }

    private static ByteBuffer readOnly(NativeMemory memory, int size) {
        ByteBuffer bytes = memory.buffer().limit(Math.min(size, memory.size()));
        return bytes.asReadOnlyBuffer().order(bytes.order());
    }
}
