package io.jbpf.sys;

import com.kenai.jffi.MemoryIO;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file mapped for reading and never unmapped, for the few that a process keeps for its life. {@code FileChannel.map}
 * maps shared, which /sys/kernel/btf refuses with EACCES; a private mapping costs a fraction of reading the file, and its
 * pages are the page cache's. Where the file cannot be mapped at all (/sys/kernel/btf before Linux 6.16: ENODEV), it is
 * read.
 */
public final class MappedFile {
    private static final int PROT_READ = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int O_RDONLY = 0;

    private MappedFile() {}

    /**
     * Maps a whole file.
     *
     * @return its bytes, read-only, in native order
     * @throws SystemCallException if it cannot be opened or mapped
     */
    public static ByteBuffer map(Path path) {
        SystemCalls calls = SystemCalls.host();
        int fd = calls.open(path.toString(), O_RDONLY);
        check(fd, path, "open");
        try {
            long size = Files.size(path);
            long address = calls.mmap(0, size, PROT_READ, MAP_PRIVATE, fd, 0);
            if (address == -Errno.ENODEV.number()) {
                return ByteBuffer.wrap(Files.readAllBytes(path))
                        .asReadOnlyBuffer()
                        .order(ByteOrder.nativeOrder());
            }
            if (address < 0 && address > -4096) {
                check((int) address, path, "mmap");
            }
            return MemoryIO.getInstance()
                    .newDirectByteBuffer(address, Math.toIntExact(size))
                    .asReadOnlyBuffer()
                    .order(ByteOrder.nativeOrder());
        } catch (IOException e) {
            throw new BpfException("cannot read the size of " + path + ": " + e, e);
        } finally {
            calls.close(fd);
        }
    }

    private static void check(int result, Path path, String call) {
        if (result < 0) {
            throw new SystemCallException("read " + path, call, new Errno(-result));
        }
    }
}
