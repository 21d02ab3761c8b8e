package io.jbpf.sys;

/**
 * The system calls jbpf is made of. Each answers its result, or the negative errno: {@code -1} is EPERM, never "look at
 * errno". Addresses are plain {@code long}s of memory that the caller keeps alive.
 *
 * <p>An interface, so that a test can script a kernel that fails as told, and so that a {@code java.lang.foreign}
 * implementation can join later.
 */
public interface SystemCalls {
    /** {@return the calls of the running kernel} */
    static SystemCalls host() {
        return HostCalls.get();
    }

    /** bpf(2). */
    int bpf(int command, long attrAddress, int attrSize);

    /** perf_event_open(2). */
    int perfEventOpen(long attrAddress, int pid, int cpu, int groupFd, long flags);

    /** ioctl(2). */
    int ioctl(int fd, long request, long argument);

    /** fcntl(2) with F_DUPFD_CLOEXEC: another descriptor for the same. */
    int duplicate(int fd);

    /** prlimit(2) of RLIMIT_MEMLOCK of this process, both limits unlimited. */
    int unlimitLockedMemory();

    /** close(2). */
    int close(int fd);

    /** open(2), always with O_CLOEXEC. */
    int open(String path, int flags);

    /** flock(2). */
    int flock(int fd, int operation);

    /** pidfd_open(2), Linux 5.3: a descriptor of a process. */
    int pidfdOpen(int pid);

    /** read(2). */
    int read(int fd, long buffer, long length);

    /** mmap(2); an address of 0 leaves the choice to the kernel; answers the address. */
    long mmap(long address, long length, int protection, int flags, int fd, long offset);

    /** munmap(2). */
    int munmap(long address, long length);

    /** mount(2). */
    int mount(String source, String target, String type, long flags, String data);

    /** umount2(2). */
    int umount(String target, int flags);

    /** statfs(2); answers {@code f_type}, the file system's magic number. */
    long fileSystemMagic(String path);

    /** setns(2): moves the calling thread. */
    int setns(int fd, int namespaceType);

    /** unshare(2): moves the calling thread. */
    int unshare(int flags);

    /** socket(2). */
    int socket(int domain, int type, int protocol);

    /** bind(2). */
    int bind(int fd, long address, int length);

    /** connect(2). */
    int connect(int fd, long address, int length);

    /** setsockopt(2). */
    int setsockopt(int fd, int level, int option, long value, int length);

    /** getsockopt(2); the {@code socklen_t} at {@code length} says how much room there is, and then how much was used. */
    int getsockopt(int fd, int level, int option, long value, long length);

    /** send(2). */
    int send(int fd, long buffer, long length, int flags);

    /** recv(2). */
    int recv(int fd, long buffer, long length, int flags);

    /** write(2). */
    int write(int fd, long buffer, long length);

    /** eventfd(2), always with EFD_CLOEXEC and EFD_NONBLOCK. */
    int eventfd(int initial);

    /** epoll_create1(2), always with EPOLL_CLOEXEC. */
    int epollCreate();

    /** epoll_ctl(2); the address is that of an {@link EpollEvent}. */
    int epollControl(int epoll, int operation, int fd, long event);

    /** epoll_wait(2); answers how many {@link EpollEvent}s it has written. A negative time-out is none. */
    int epollWait(int epoll, long events, int maxEvents, int milliseconds);
}
