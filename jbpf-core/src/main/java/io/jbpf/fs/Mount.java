package io.jbpf.fs;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A pseudo file system of the kernel: its type as mount(8) knows it, and the magic number statfs(2) answers. */
record Mount(String type, long magic) {
    boolean isAt(Path directory) {
        return SystemCalls.host().fileSystemMagic(directory.toString()) == magic;
    }

    /** Mounts it over a directory. Needs CAP_SYS_ADMIN. */
    void mountAt(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new BpfException("cannot make " + directory + " to mount " + type + " on: " + e, e);
        }
        int result = SystemCalls.host().mount(type, directory.toString(), type, 0, "");
        if (result < 0) {
            Errno errno = new Errno(-result);
            throw new SystemCallException(
                    "mount " + type + " at " + directory,
                    "mount",
                    errno,
                    errno.equals(Errno.EPERM) ? "run as root or with CAP_SYS_ADMIN" : "");
        }
    }
}
