package io.jbpf.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** Takes the records of a {@link RingBuffer}. */
@FunctionalInterface
public interface RecordHandler {
    /**
     * One record, where the program wrote it. Nothing is allocated for it: the buffer is the same each time, and all of
     * the ring lies in it.
     *
     * <pre>{@code
     * (data, offset, length) -> latencies.add(data.getInt(offset), data.getLong(offset + 8))
     * }</pre>
     *
     * @param data what holds the record: read-only, in native byte order. Its position and limit say nothing and are for
     *     the handler to leave alone, as is its order. What is at {@code offset} is the record until this method returns;
     *     what is to be kept must be copied
     * @param offset where the record begins
     * @param length how many bytes it has
     */
    void record(ByteBuffer data, int offset, int length);

    /**
     * A handler that gets a buffer of its own for each record, from position to limit: easier to hold, and an allocation
     * per record. The memory is as short-lived.
     *
     * @param taker takes the records, in native byte order
     */
    static RecordHandler ofSlices(Consumer<ByteBuffer> taker) {
        return (data, offset, length) -> taker.accept(data.slice(offset, length).order(ByteOrder.nativeOrder()));
    }
}
