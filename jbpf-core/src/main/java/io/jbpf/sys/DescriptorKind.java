package io.jbpf.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a descriptor is, by where {@code /proc/PID/fd/N} leads: {@code anon_inode:bpf-map}. The kernel itself answers BPF_OBJ_GET
 * whatever is pinned there, and fills BPF_OBJ_GET_INFO_BY_FD's struct with another kind's info without a complaint.
 */
public final class DescriptorKind {
    private static final String ANONYMOUS = "anon_inode:";

    /** kernel/bpf/syscall.c and btf.c, which write them with hyphens or underscores as it suited whoever did. */
    private static final Map<String, Bpf.Kind> BY_INODE = Map.of(
            "bpf_prog", Bpf.Kind.PROGRAM, "bpf_map", Bpf.Kind.MAP, "bpf_link", Bpf.Kind.LINK, "btf", Bpf.Kind.BTF);

    private DescriptorKind() {}

    /** {@return the kind, by where /proc/PID/fd/N leads; nothing if it is no BPF object's} */
    public static Optional<Bpf.Kind> ofTarget(String target) {
        return target.startsWith(ANONYMOUS)
                ? Optional.ofNullable(
                        BY_INODE.get(target.substring(ANONYMOUS.length()).replace('-', '_')))
                : Optional.empty();
    }

    /** {@return the kind of a descriptor of this process; nothing if it is no BPF object's, or /proc is not mounted} */
    static Optional<Bpf.Kind> of(Fd fd) {
        int number = fd.acquire();
        try {
            return ofTarget(Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(number)))
                    .toString());
        } catch (IOException e) {
            return Optional.empty();
        } finally {
            fd.release();
        }
    }
}
