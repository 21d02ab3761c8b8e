package io.jbpf.program;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.map.BpfMap;
import io.jbpf.map.DescriptorOwner;
import io.jbpf.object.ProgramType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.FdInfo;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A program that the verifier accepted, owned by its descriptor: when this is closed and nothing else holds it (a link, a
 * filter, a program array, a pin), the kernel frees it. Safe for use by many threads.
 */
public final class BpfProgram implements DescriptorOwner, AutoCloseable {
    private final Fd fd;
    private final ProgramInfo info;
    private final Optional<VerifierStatistics> statistics;

    BpfProgram(Fd fd, Optional<VerifierStatistics> statistics) {
        this.fd = fd;
        this.statistics = statistics;
        this.info = fd.orClose(ProgramInfo::read);
    }

    /**
     * Opens a program by its pin.
     *
     * @param path where it is pinned, in a bpffs
     * @throws io.jbpf.error.PinnedKindException if something else than a program is pinned there
     * @throws SystemCallException if nothing is pinned there, or it is not ours to open
     */
    public static BpfProgram openPinned(Path path) {
        return new BpfProgram(Bpf.host().openPinned(path, Bpf.Kind.PROGRAM), Optional.empty());
    }

    /**
     * Opens a program by its id. Needs CAP_SYS_ADMIN.
     *
     * @throws SystemCallException if there is none of that id
     */
    public static BpfProgram openById(int id) {
        return new BpfProgram(Bpf.host().openById(Bpf.Kind.PROGRAM, id), Optional.empty());
    }

    /** {@return what the kernel said of the program when it was opened} */
    public ProgramInfo info() {
        return info;
    }

    /** {@return what the kernel says of the program now: its counters go on} */
    public ProgramInfo currentInfo() {
        return ProgramInfo.read(fd);
    }

    /** {@return its instructions as the kernel has them, and what is known of them; asked for anew each time} */
    public ProgramCode code() {
        return ProgramCode.read(fd);
    }

    /**
     * How much memory the program takes in the kernel: {@code memlock} of /proc/self/fdinfo. Linux 4.10.
     *
     * @return bytes, whole pages; empty if /proc does not tell
     */
    public OptionalLong lockedMemory() {
        return FdInfo.of(fd).number("memlock");
    }

    /** {@return what it cost the verifier to accept it, if it was loaded by a loader that asked} */
    public Optional<VerifierStatistics> statistics() {
        return statistics;
    }

    /** {@return the name the kernel shows, at most 15 characters} */
    public String name() {
        return info.name();
    }

    /** {@return the type, or nothing for one that only a newer kernel knows} */
    public Optional<ProgramType> type() {
        return ProgramType.of(info.typeNumber());
    }

    /** {@return the owned descriptor, for the packages that hand it to the kernel; its type is not exported} */
    @Override
    @SuppressWarnings("exports")
    public Fd fd() {
        return fd;
    }

    /**
     * Gives the program a name in a bpffs that keeps it alive after this process.
     *
     * @throws SystemCallException EEXIST if the name is taken
     */
    public void pin(Path path) {
        Bpf.with(fd.calls()).pin(fd, path.toString());
    }

    /**
     * Lets a map live as long as the program, as if the program used it: {@code BPF_PROG_BIND_MAP}, Linux 5.10. Harmless if
     * it does so already.
     *
     * @throws UnsupportedFeatureException if the kernel cannot
     * @throws SystemCallException if it refuses for another reason
     */
    public void bind(BpfMap map) {
        int result = Bpf.with(fd.calls()).programBindMap(fd, map.fd());
        if (result < 0) {
            Errno errno = new Errno(-result);
            SystemCallException refused = new SystemCallException(
                    "bind " + map.fd().what() + " to " + fd.what(), "bpf(BPF_PROG_BIND_MAP)", errno);
            if (errno.equals(Errno.EINVAL)) {
                throw new UnsupportedFeatureException("binding a map to a program", "5.10", refused);
            }
            throw refused;
        }
    }

    /**
     * Runs the program without attaching it: {@code BPF_PROG_TEST_RUN}. Linux 4.12 for programs on packets; see
     * {@link TestRunOptions} for the others. Needs CAP_BPF, and CAP_NET_ADMIN or CAP_PERFMON as loading such a program does.
     *
     * @throws SystemCallException EINVAL if the options do not suit programs of this type; ENOTSUPP if such programs
     *     cannot be run so
     */
    public TestRun testRun(TestRunOptions options) {
        return options.run(fd, type());
    }

    /**
     * Runs the program on a packet of the caller's, without an interface. Linux 4.12.
     *
     * @param packet the packet from its Ethernet header on, at least 14 bytes
     * @param repeat how often to run it, at least 1
     * @throws SystemCallException if programs of this type cannot be run so, or the packet does not suit
     */
    public TestRun testRun(byte[] packet, int repeat) {
        return testRun(TestRunOptions.packet(packet).withRepeat(repeat));
    }

    /**
     * Runs the program once with a context of the caller's. For programs of type {@code SYSCALL} (Linux 5.14) and
     * {@code RAW_TRACEPOINT} (5.10).
     *
     * @param context what the program gets as its context; may be empty
     * @return what the program returned
     * @throws SystemCallException if programs of this type cannot be run so, or the context does not suit
     */
    public int run(byte[] context) {
        return testRun(TestRunOptions.context(context)).returned();
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.toString();
    }
}
