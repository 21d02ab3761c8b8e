package io.jbpf.event;

import java.nio.ByteBuffer;

/** Takes the samples of a {@link PerfBuffer}. */
@FunctionalInterface
public interface SampleHandler {
    /**
     * One sample.
     *
     * @param cpu the CPU on which the program ran
     * @param data what the program gave, from position to limit, in native byte order, and up to 7 bytes of padding: the
     *     kernel makes 4 + length a multiple of 8. Read-only, and only until this method returns; what is to be kept must
     *     be copied
     */
    void sample(int cpu, ByteBuffer data);

    /**
     * Samples that found the buffer full. The kernel says so when there is room again: with the next sample on that CPU,
     * before it. Does nothing unless it is overridden; {@link PerfBuffer#lost} counts them anyway.
     *
     * @param cpu the CPU on which the program ran
     * @param count how many, since it was last said
     */
    default void lost(int cpu, long count) {}
}
