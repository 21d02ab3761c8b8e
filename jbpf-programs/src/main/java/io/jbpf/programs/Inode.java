package io.jbpf.programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Which directory of a bpffs is at a path: another one that took its place has another number. */
record Inode(long number) {
    /** {@return the one that is there now, if any is} */
    static Optional<Inode> of(Path path) {
        try {
            return Optional.of(new Inode(((Number) Files.getAttribute(path, "unix:ino")).longValue()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
