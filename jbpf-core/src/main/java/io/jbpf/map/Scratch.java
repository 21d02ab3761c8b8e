package io.jbpf.map;

import io.jbpf.sys.ElementAttr;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A thread's memory for one key and one value, used again by its next operation: an operation on a map allocates nothing
 * of its own. What bpf(2) is told of them lies in front of them, in the same cache lines. Not held across a call back into
 * user code.
 */
final class Scratch {
    private static final ThreadLocal<Scratch> LOCAL = ThreadLocal.withInitial(() -> new Scratch(64, 256));

    private static final int KEY = ElementAttr.SIZE;

    private final int keyRoom;
    private final int valueRoom;
    private final int valueStart;
    private final NativeMemory memory;
    private final ElementAttr attr;
    private final ByteBuffer key;
    private final ByteBuffer value;

    /** The whole memory. Nobody moves its limit, so that a number is one check and one store. */
    private final ByteBuffer bytes;

    private boolean keyless;

    private Scratch(int keyRoom, int valueRoom) {
        this.keyRoom = keyRoom;
        this.valueRoom = valueRoom;
        valueStart = KEY + keyRoom;
        memory = NativeMemory.allocate(valueStart + valueRoom);
        bytes = memory.buffer();
        key = bytes.slice(KEY, keyRoom).order(ByteOrder.nativeOrder());
        value = bytes.slice(valueStart, valueRoom).order(ByteOrder.nativeOrder());
        attr = new ElementAttr(memory);
        point(false);
    }

    /** {@return this thread's scratch, with room for a key and a value of those sizes} */
    static Scratch of(int keySize, int valueSize) {
        Scratch scratch = LOCAL.get();
        if (keySize > scratch.keyRoom || valueSize > scratch.valueRoom) {
            scratch = new Scratch(grown(scratch.keyRoom, keySize), grown(scratch.valueRoom, valueSize));
            LOCAL.set(scratch);
        }
        if (scratch.keyless != (keySize == 0)) {
            scratch.point(keySize == 0);
        }
        return scratch;
    }

    /** Queues, stacks and bloom filters have no keys, and the kernel insists on getting none. */
    private void point(boolean withoutKey) {
        keyless = withoutKey;
        attr.point(withoutKey ? 0 : keyAddress(), valueAddress());
    }

    /** {@return the addresses, as bpf(2) is told them} */
    ElementAttr attr() {
        return attr;
    }

    /** {@return the address of the key} */
    long keyAddress() {
        return memory.address() + KEY;
    }

    /** {@return the address of the value} */
    long valueAddress() {
        return memory.address() + valueStart;
    }

    /** {@return the key's bytes from index 0} */
    ByteBuffer key(int size) {
        return key.limit(size).position(0);
    }

    /** {@return the value's bytes from index 0} */
    ByteBuffer value(int size) {
        return value.limit(size).position(0);
    }

    /** Sets a key that is a number of 4 or 8 bytes. */
    void key(int width, long number) {
        Numbers.write(bytes, KEY, width, number);
    }

    /** Sets a value that is a number of 4 or 8 bytes. */
    void value(int width, long number) {
        Numbers.write(bytes, valueStart, width, number);
    }

    /** {@return the value, a number of 4 or 8 bytes} */
    long number(int width) {
        return Numbers.read(bytes, valueStart, width);
    }

    private static int grown(int room, int size) {
        // Whole words, so that the value behind an odd key is aligned.
        return room >= size ? room : Math.max((size + Long.BYTES - 1) / Long.BYTES * Long.BYTES, 2 * room);
    }
}
