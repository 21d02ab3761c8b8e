package io.jbpf.map;

import io.jbpf.sys.ElementAttr;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteBuffer;

/**
 * A thread's memory for one key and one value, used again by its next operation: an operation on a map allocates nothing
 * of its own. Not held across a call back into user code.
 */
final class Scratch {
    private static final ThreadLocal<Scratch> LOCAL = ThreadLocal.withInitial(Scratch::new);

    private final ElementAttr attr = new ElementAttr();
    private NativeMemory key = NativeMemory.allocate(64);
    private NativeMemory value = NativeMemory.allocate(256);
    private boolean keyless;

    private Scratch() {
        point(false);
    }

    /** {@return this thread's scratch, with room for a key and a value of those sizes} */
    static Scratch of(int keySize, int valueSize) {
        Scratch scratch = LOCAL.get();
        if (keySize > scratch.key.size() || valueSize > scratch.value.size() || scratch.keyless != (keySize == 0)) {
            scratch.key = grown(scratch.key, keySize);
            scratch.value = grown(scratch.value, valueSize);
            scratch.point(keySize == 0);
        }
        return scratch;
    }

    /** Queues, stacks and bloom filters have no keys, and the kernel insists on getting none. */
    private void point(boolean withoutKey) {
        keyless = withoutKey;
        attr.point(withoutKey ? 0 : key.address(), value.address());
    }

    /** {@return the addresses, as bpf(2) is told them} */
    ElementAttr attr() {
        return attr;
    }

    /** {@return the address of the key} */
    long keyAddress() {
        return key.address();
    }

    /** {@return the address of the value} */
    long valueAddress() {
        return value.address();
    }

    /** {@return the key's bytes from index 0} */
    ByteBuffer key(int size) {
        return key.buffer().limit(size).position(0);
    }

    /** {@return the value's bytes from index 0} */
    ByteBuffer value(int size) {
        return value.buffer().limit(size).position(0);
    }

    private static NativeMemory grown(NativeMemory memory, int size) {
        return memory.size() >= size ? memory : NativeMemory.allocate(Math.max(size, 2 * memory.size()));
    }
}
