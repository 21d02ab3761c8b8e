package io.jbpf.inspect;

import io.jbpf.sys.FdInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** A descriptor of a BPF object in some process's table, as /proc tells of it. */
record OpenDescriptor(ObjectKind kind, int id) {
    /**
     * What a descriptor is.
     *
     * @param process {@code /proc/PID}
     * @param number the descriptor
     * @return nothing if it is no BPF object
     * @throws IOException if process or descriptor have gone, or may not be looked at
     */
    static Optional<OpenDescriptor> read(Path process, String number) throws IOException {
        Path target = Files.readSymbolicLink(process.resolve("fd").resolve(number));
        Optional<ObjectKind> kind = ObjectKind.ofDescriptor(target.toString());
        if (kind.isEmpty()) {
            return Optional.empty();
        }
        OptionalLong id = FdInfo.read(process.resolve("fdinfo").resolve(number))
                .number(kind.get().property());
        return id.isPresent() ? Optional.of(new OpenDescriptor(kind.get(), (int) id.getAsLong())) : Optional.empty();
    }
}
