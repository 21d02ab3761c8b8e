package io.jbpf.sys;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Why something could not be pinned, or opened by its pin. The kernel says EPERM of a directory that is in no bpffs, and
 * EACCES of a file that is no pin (kernel/bpf/inode.c), as it does of those of other users: so it is looked at where the path
 * leads.
 */
final class PinRefusal {
    /** BPF_FS_MAGIC, linux/magic.h. */
    private static final long BPF_FS_MAGIC = 0xcafe4a11L;

    private PinRefusal() {}

    static SystemCallException of(SystemCalls calls, String activity, BpfCommand command, String path, int result) {
        Errno errno = new Errno(-result);
        return new SystemCallException(activity, command.call(), errno, hint(calls, command, path, errno));
    }

    private static String hint(SystemCalls calls, BpfCommand command, String path, Errno errno) {
        boolean forbidden = errno.equals(Errno.EPERM) || errno.equals(Errno.EACCES);
        if (!forbidden && !errno.equals(Errno.EINVAL) && !errno.equals(Errno.ENOENT)) {
            return BpfHints.hint(command, errno);
        }
        Path directory = Path.of(path).toAbsolutePath().getParent();
        if (directory == null) {
            return BpfHints.hint(command, errno);
        }
        if (!Files.isDirectory(directory)) {
            return errno.equals(Errno.ENOENT) ? "there is no directory " + directory : BpfHints.hint(command, errno);
        }
        if (calls.fileSystemMagic(directory.toString()) != BPF_FS_MAGIC) {
            return directory + " is " + kind(directory)
                    + ", not a bpffs: choose a directory below one such as /sys/fs/bpf"
                    + " (if nothing is mounted there: mount -t bpf bpf /sys/fs/bpf)";
        }
        if (errno.equals(Errno.ENOENT)) {
            return command == BpfCommand.BPF_OBJ_GET ? "nothing is pinned there" : "";
        }
        return path.substring(path.lastIndexOf('/') + 1).indexOf('.') >= 0
                ? "the name of a pin has no dots"
                : BpfHints.hint(command, errno);
    }

    private static String kind(Path directory) {
        try {
            return "on a file system of type " + Files.getFileStore(directory).type();
        } catch (IOException e) {
            return "on a file system of another type";
        }
    }
}
