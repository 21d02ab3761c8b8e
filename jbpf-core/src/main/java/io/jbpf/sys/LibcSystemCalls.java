package io.jbpf.sys;

import io.jbpf.error.UnsupportedFeatureException;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.mapper.DefaultTypeMapper;

/** The running kernel, reached through libc by jnr-ffi. */
final class LibcSystemCalls implements SystemCalls {
    /** The same number on every architecture, as all calls of Linux 5.1 and later. */
    private static final long PIDFD_OPEN = 434;

    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NONBLOCK = 0x800;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int RLIMIT_MEMLOCK = 8;

    /** Created on first use: a program that only parses objects binds no native code. */
    static final class Holder {
        static final SystemCalls INSTANCE = new LibcSystemCalls();

        private Holder() {}
    }

    private final Libc libc;
    private final Runtime runtime;
    private final long bpfNumber;
    private final long perfEventOpenNumber;

    private LibcSystemCalls() {
        Platform platform = Platform.getNativePlatform();
        if (platform.getOS() != Platform.OS.LINUX) {
            throw new UnsupportedFeatureException("eBPF: it is not Linux", "", null);
        }
        // asm/unistd_64.h and asm-generic/unistd.h
        switch (platform.getCPU()) {
            case X86_64 -> {
                bpfNumber = 321;
                perfEventOpenNumber = 298;
            }
            case AARCH64 -> {
                bpfNumber = 280;
                perfEventOpenNumber = 241;
            }
            default ->
                throw new UnsupportedFeatureException(
                        "jbpf on " + platform.getCPU() + " (x86_64 and aarch64 are)", "", null);
        }
        libc = LibraryLoader.create(Libc.class)
                .option(LibraryOption.TypeMapper, new DefaultTypeMapper())
                .load("c");
        runtime = Runtime.getRuntime(libc);
    }

    /** libc answers -1 and leaves the reason in errno, which jnr-ffi has kept for this thread. */
    private int result(long returned) {
        return returned == -1 ? -runtime.getLastError() : (int) returned;
    }

    @Override
    public int bpf(int command, long attrAddress, int attrSize) {
        return result(libc.syscall(bpfNumber, command, attrAddress, attrSize));
    }

    @Override
    public int perfEventOpen(long attrAddress, int pid, int cpu, int groupFd, long flags) {
        Pointer attr = Pointer.wrap(runtime, attrAddress);
        return result(libc.syscall(perfEventOpenNumber, attr, pid, cpu, groupFd, flags));
    }

    @Override
    public int ioctl(int fd, long request, long argument) {
        return result(libc.ioctl(fd, request, argument));
    }

    @Override
    public int duplicate(int fd) {
        return result(libc.fcntl(fd, F_DUPFD_CLOEXEC, 0));
    }

    @Override
    public int unlimitLockedMemory() {
        // struct rlimit64 of RLIM64_INFINITY twice
        NativeMemory unlimited = NativeMemory.allocate(2 * Long.BYTES);
        unlimited.buffer().putLong(0, -1).putLong(Long.BYTES, -1);
        return result(libc.prlimit64(0, RLIMIT_MEMLOCK, unlimited.address(), 0));
    }

    @Override
    public int close(int fd) {
        return result(libc.close(fd));
    }

    @Override
    public int open(String path, int flags) {
        return result(libc.open(path, flags | O_CLOEXEC, 0));
    }

    @Override
    public int flock(int fd, int operation) {
        return result(libc.flock(fd, operation));
    }

    @Override
    public int pidfdOpen(int pid) {
        return result(libc.syscall(PIDFD_OPEN, pid, 0, 0));
    }

    @Override
    public int read(int fd, long buffer, long length) {
        return result(libc.read(fd, buffer, length));
    }

    @Override
    public long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        Pointer mapped =
                libc.mmap(address == 0 ? null : Pointer.wrap(runtime, address), length, protection, flags, fd, offset);
        // MAP_FAILED is (void *) -1
        return mapped == null || mapped.address() == -1 ? -runtime.getLastError() : mapped.address();
    }

    @Override
    public int munmap(long address, long length) {
        return result(libc.munmap(address, length));
    }

    @Override
    public int mount(String source, String target, String type, long flags, String data) {
        return result(libc.mount(source, target, type, flags, data));
    }

    @Override
    public int umount(String target, int flags) {
        return result(libc.umount2(target, flags));
    }

    @Override
    public long fileSystemMagic(String path) {
        NativeMemory statfs = NativeMemory.allocate(Statfs.LAYOUT.size());
        int result = result(libc.statfs(path, statfs.address()));
        return result < 0 ? result : statfs.get(Statfs.F_TYPE);
    }

    @Override
    public int setns(int fd, int namespaceType) {
        return result(libc.setns(fd, namespaceType));
    }

    @Override
    public int unshare(int flags) {
        return result(libc.unshare(flags));
    }

    @Override
    public int socket(int domain, int type, int protocol) {
        return result(libc.socket(domain, type, protocol));
    }

    @Override
    public int bind(int fd, long address, int length) {
        return result(libc.bind(fd, address, length));
    }

    @Override
    public int connect(int fd, long address, int length) {
        return result(libc.connect(fd, address, length));
    }

    @Override
    public int getsockopt(int fd, int level, int option, long value, long length) {
        return result(libc.getsockopt(fd, level, option, value, length));
    }

    @Override
    public int setsockopt(int fd, int level, int option, long value, int length) {
        return result(libc.setsockopt(fd, level, option, value, length));
    }

    @Override
    public int send(int fd, long buffer, long length, int flags) {
        return result(libc.send(fd, buffer, length, flags));
    }

    @Override
    public int recv(int fd, long buffer, long length, int flags) {
        return result(libc.recv(fd, buffer, length, flags));
    }

    @Override
    public int write(int fd, long buffer, long length) {
        return result(libc.write(fd, buffer, length));
    }

    @Override
    public int eventfd(int initial) {
        // EFD_CLOEXEC and EFD_NONBLOCK are the same bits as open(2)'s.
        return result(libc.eventfd(initial, O_CLOEXEC | O_NONBLOCK));
    }

    @Override
    public int epollCreate() {
        return result(libc.epoll_create1(O_CLOEXEC));
    }

    @Override
    public int epollControl(int epoll, int operation, int fd, long event) {
        return result(libc.epoll_ctl(epoll, operation, fd, event));
    }

    @Override
    public int epollWait(int epoll, long events, int maxEvents, int milliseconds) {
        return result(libc.epoll_wait(epoll, events, maxEvents, milliseconds));
    }

    /** {@code struct statfs}, asm/statfs.h of 64-bit machines; its first word is all that is read. */
    private static final class Statfs {
        static final StructLayout LAYOUT = new StructLayout("statfs");
        static final StructLayout.Field F_TYPE = LAYOUT.u64("f_type");

        static {
            LAYOUT.bytes("rest", 112);
        }

        private Statfs() {}
    }
}
