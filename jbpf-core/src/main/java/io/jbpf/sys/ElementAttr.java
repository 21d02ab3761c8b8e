package io.jbpf.sys;

/**
 * What bpf(2) is told of one element, kept from call to call: the addresses of key and value stay, so that an operation
 * writes the map's descriptor and its flags alone. For one thread.
 */
public final class ElementAttr {
    /** How many bytes it is. */
    public static final int SIZE = BpfAttr.MapElement.LAYOUT.size();

    private final NativeMemory memory;

    /** Lies at the start of that memory, which lives as long as this does. */
    public ElementAttr(NativeMemory memory) {
        this.memory = memory;
    }

    /**
     * Says where key and value lie.
     *
     * @param key the key's address; 0 for maps without keys
     * @param value the value's address
     */
    public void point(long key, long value) {
        memory.set(BpfAttr.MapElement.KEY, key).set(BpfAttr.MapElement.VALUE, value);
    }

    long prepare(int mapFd, long flags) {
        memory.set(BpfAttr.MapElement.MAP_FD, mapFd).set(BpfAttr.MapElement.FLAGS, flags);
        return memory.address();
    }
}
