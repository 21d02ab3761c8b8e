package io.jbpf.event;

import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A thread that reads, of which a test can know that it waits in epoll_wait(2). */
final class Reader<T> {
    /** epoll_wait of x86_64, epoll_pwait of x86_64 and of aarch64, to which libc's function may come down. */
    private static final String WAITING = "(?s)(232|281|22) .*";

    private final CompletableFuture<Path> kernelThread = new CompletableFuture<>();
    private final CompletableFuture<T> result = new CompletableFuture<>();

    private Reader() {}

    static <T> Reader<T> start(Callable<T> work) {
        Reader<T> reader = new Reader<>();
        Thread thread = new Thread(() -> {
            try {
                reader.kernelThread.complete(Path.of("/proc/thread-self").toRealPath());
                reader.result.complete(work.call());
            } catch (Throwable e) {
                reader.kernelThread.completeExceptionally(e);
                reader.result.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return reader;
    }

    /** Returns once it waits. */
    Reader<T> waits() throws Exception {
        Path syscall = kernelThread.get(20, TimeUnit.SECONDS).resolve("syscall");
        Waits.until(() -> {
            try {
                return Files.readString(syscall).matches(WAITING);
            } catch (IOException e) {
                throw new AssertionError("the thread ended instead of waiting", e);
            }
        });
        return this;
    }

    /** What came of it. */
    T result() throws Exception {
        return result.get(60, TimeUnit.SECONDS);
    }
}
