package io.jbpf.event;

import java.nio.ByteBuffer;

/** Takes the records of a {@link RingBuffer}. */
@FunctionalInterface
public interface RecordHandler {
    /**
     * One record.
     *
     * @param data the record, from position to limit, in native byte order, where the program wrote it: read-only, and
     *     only until this method returns. It is the same buffer each time; what is to be kept must be copied
     */
    void record(ByteBuffer data);
}
