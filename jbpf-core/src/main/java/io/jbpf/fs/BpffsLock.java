package io.jbpf.fs;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.LockHeldException;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.Fd;
import io.jbpf.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A directory in a bpffs that this process alone works with, among those that ask: flock(2), which holds through every mount
 * of the file system, ends with its holder however that ends, and needs leave to read the directory. A lock is advisory; it
 * is held by this object, so that a second one is refused in the same process too. A directory's lock says nothing of those
 * below it: a bpffs has no ordinary files that could be locked, so whoever wants several locks makes several directories.
 */
public final class BpffsLock implements AutoCloseable {
    // sys/file.h
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int LOCK_UN = 8;

    private static final int O_RDONLY = 0;
    private static final long LOOK_AGAIN_MILLIS = 10;
    private static final Path LOCKS = Path.of("/proc/locks");

    private final Path directory;
    private final Fd fd;

    private BpffsLock(Path directory, Fd fd) {
        this.directory = directory;
        this.fd = fd;
    }

    /**
     * Locks a directory if nobody else has.
     *
     * @return the lock; empty if another has it
     * @throws BpfException if it is not a directory in a bpffs
     * @throws SystemCallException if it may not be read
     */
    public static Optional<BpffsLock> tryAcquire(Path directory) {
        while (true) {
            BpfFs.at(directory);
            Fd fd = open(directory);
            Optional<BpffsLock> lock = fd.orClose(opened -> lock(directory, opened));
            if (lock.isEmpty() || lock.get().isOf(directory)) {
                return lock;
            }
            // Removed, and perhaps made anew, before it was locked.
            lock.get().close();
        }
    }

    /**
     * Locks a directory, waiting until whoever has it lets it go.
     *
     * @param patience how long to wait
     * @throws LockHeldException if it is still locked then; it names the holder if {@code /proc/locks} tells
     * @throws BpfException as {@link #tryAcquire}, or if the thread is interrupted
     */
    public static BpffsLock acquire(Path directory, Duration patience) {
        long begin = System.nanoTime();
        while (true) {
            Optional<BpffsLock> lock = tryAcquire(directory);
            if (lock.isPresent()) {
                return lock.get();
            }
            if (System.nanoTime() - begin >= patience.toNanos()) {
                throw new LockHeldException(directory, holders(directory));
            }
            try {
                // A flock(2) that waits would not heed an interrupt.
                Thread.sleep(LOOK_AGAIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BpfException("interrupted while waiting for the lock of " + directory, e);
            }
        }
    }

    /**
     * Locks a directory, and does not wait.
     *
     * @throws LockHeldException if another has it
     * @throws BpfException as {@link #tryAcquire}
     */
    public static BpffsLock acquire(Path directory) {
        return acquire(directory, Duration.ZERO);
    }

    private static Fd open(Path directory) {
        SystemCalls calls = SystemCalls.host();
        int opened = calls.open(directory.toString(), O_RDONLY);
        if (opened < 0) {
            throw new SystemCallException("open " + directory + " to lock it", "open", new Errno(-opened));
        }
        return Fd.own(calls, opened, "lock of " + directory);
    }

    private static Optional<BpffsLock> lock(Path directory, Fd fd) {
        int result = operate(fd, LOCK_EX | LOCK_NB);
        if (result == 0) {
            return Optional.of(new BpffsLock(directory, fd));
        }
        Errno errno = new Errno(-result);
        if (!errno.equals(Errno.EAGAIN)) {
            throw new SystemCallException("lock " + directory, "flock", errno);
        }
        fd.close();
        return Optional.empty();
    }

    private static int operate(Fd fd, int operation) {
        int number = fd.acquire();
        try {
            return fd.calls().flock(number, operation);
        } finally {
            fd.release();
        }
    }

    /** Whether a path still leads to what is locked. */
    private boolean isOf(Path path) {
        int number = fd.acquire();
        try {
            return Files.isSameFile(path, Path.of("/proc/self/fd/" + number));
        } catch (IOException e) {
            return false;
        } finally {
            fd.release();
        }
    }

    /**
     * {@return the processes that have locked a directory, as far as {@code /proc/locks} tells: not those of another pid
     * namespace}
     */
    public static List<Long> holders(Path directory) {
        List<Long> holders = new ArrayList<>();
        try {
            long device = ((Number) Files.getAttribute(directory, "unix:dev")).longValue();
            long inode = ((Number) Files.getAttribute(directory, "unix:ino")).longValue();
            // linux/kdev_t.h, new_encode_dev: what stat(2) answers
            long major = (device >>> 8) & 0xfff;
            long minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
            String place = String.format("%02x:%02x:%d", major, minor, inode);
            for (String line : Files.readAllLines(LOCKS)) {
                // "1: FLOCK  ADVISORY  WRITE 1234 00:20:1 0 EOF"; who waits has "->" after the number
                String[] word = line.strip().split("\\s+", -1);
                if (word.length > 5 && word[1].equals("FLOCK") && word[5].equals(place)) {
                    holders.add(Long.parseLong(word[4]));
                }
            }
            holders.removeIf(pid -> pid <= 0);
        } catch (IOException | NumberFormatException e) {
            // It is only for the message.
            holders.clear();
        }
        return List.copyOf(holders);
    }

    /** {@return what is locked} */
    public Path directory() {
        return directory;
    }

    /** {@return whether a directory is the one that is locked, or below it} */
    public boolean covers(Path other) {
        return !fd.isClosed()
                && other.toAbsolutePath()
                        .normalize()
                        .startsWith(directory.toAbsolutePath().normalize());
    }

    /** Lets it go. Closing twice is harmless. */
    @Override
    public synchronized void close() {
        if (!fd.isClosed()) {
            // A child that has not come to its exec yet shares the descriptor, and would go on holding the lock.
            operate(fd, LOCK_UN);
        }
        fd.close();
    }

    @Override
    public String toString() {
        return fd.toString();
    }
}
