package io.jbpf.event;

import java.nio.ByteBuffer;

/** Takes the samples of a {@link PerfBuffer}. */
@FunctionalInterface
public interface SampleHandler {
    /**
     * One sample. Nothing is allocated for it.
     *
     * @param cpu the CPU on which the program ran
     * @param data what holds the sample: read-only, in native byte order. Its position and limit say nothing and are for
     *     the handler to leave alone, as is its order. What is at {@code offset} is the sample until this method returns;
     *     what is to be kept must be copied
     * @param offset where the sample begins
     * @param length what the program gave, and up to 7 bytes of padding: the kernel makes 4 + length a multiple of 8
     */
    void sample(int cpu, ByteBuffer data, int offset, int length);

    /**
     * Samples that found the buffer full. The kernel says so when there is room again: with the next sample on that CPU,
     * before it. Does nothing unless it is overridden; {@link PerfBuffer#lost} counts them anyway.
     *
     * @param cpu the CPU on which the program ran
     * @param count how many, since it was last said
     */
    default void lost(int cpu, long count) {}
}
