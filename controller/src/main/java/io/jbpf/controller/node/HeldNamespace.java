package io.jbpf.controller.node;

import io.jbpf.error.BpfException;
import java.util.List;
import java.util.function.Supplier;

/** A network namespace that stays alive, and stays this one, until it is closed. */
public interface HeldNamespace extends AutoCloseable {
    /** {@return its inode, as of {@code /proc/PID/ns/net} of every process in it} */
    long inode();

    /**
     * What tells it from the others.
     *
     * @throws BpfException if it may not be entered
     */
    NamespaceIdentity identity();

    /**
     * Its interfaces as they are now.
     *
     * @throws BpfException if it may not be entered, or the kernel refuses
     */
    List<NamespaceInterface> interfaces();

    /**
     * Does something inside, on a thread of its own.
     *
     * @param action what to do
     * @param <T> what comes of it
     * @throws BpfException if it may not be entered
     */
    <T> T call(Supplier<T> action);

    @Override
    void close();
}
