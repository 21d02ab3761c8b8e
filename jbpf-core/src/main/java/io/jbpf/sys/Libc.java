package io.jbpf.sys;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libc that jnr-ffi binds, under libc's own names. Public only because jnr-ffi generates a class that
 * implements it.
 *
 * <p>jnr-ffi's x86-64 stubs hand over garbage as the sixth of exactly six integers; with a {@link Pointer} among them
 * they are right. So the two calls that take six ({@code mmap}, {@code perf_event_open} through {@code syscall}) have
 * one.
 */
public interface Libc {
    long syscall(long number, long first, long second, long third);

    long syscall(long number, @In Pointer first, long second, long third, long fourth, long fifth);

    int ioctl(int fd, long request, long argument);

    int fcntl(int fd, int command, long argument);

    int prlimit64(int pid, int resource, long newLimit, long oldLimit);

    int close(int fd);

    int open(@In String path, int flags, int mode);

    int flock(int fd, int operation);

    long read(int fd, long buffer, long length);

    @Nullable
    Pointer mmap(@In @Nullable Pointer address, long length, int protection, int flags, int fd, long offset);

    int munmap(long address, long length);

    int mount(@In String source, @In String target, @In String type, long flags, @In String data);

    int umount2(@In String target, int flags);

    int statfs(@In String path, long buffer);

    int setns(int fd, int type);

    int unshare(int flags);

    int socket(int domain, int type, int protocol);

    int bind(int fd, long address, int length);

    int connect(int fd, long address, int length);

    int setsockopt(int fd, int level, int option, long value, int length);

    int getsockopt(int fd, int level, int option, long value, long length);

    long send(int fd, long buffer, long length, int flags);

    long recv(int fd, long buffer, long length, int flags);

    long write(int fd, long buffer, long length);

    int eventfd(int initial, int flags);

    int epoll_create1(int flags);

    int epoll_ctl(int epoll, int operation, int fd, long event);

    int epoll_wait(int epoll, long events, int maxEvents, int milliseconds);
}
