package io.jbpf.bytes;

import java.util.HashMap;
import java.util.Map;

/**
 * NUL-terminated names found by offset. Each is decoded once. Overlapping names could make a small file fill the heap,
 * so the sum of what is decoded is bounded by a multiple of the table's size, far above what a linker's sharing of
 * suffixes ever needs.
 */
public final class StringTable {
    private static final int SHARING_LIMIT = 16;

    private final ByteView bytes;
    private final Map<Long, String> decoded = new HashMap<>();
    private long budget;

    /**
     * A table over some bytes.
     *
     * @param bytes the strings
     */
    public StringTable(ByteView bytes) {
        this.bytes = bytes;
        this.budget = (long) SHARING_LIMIT * bytes.size() + 4096;
    }

    /**
     * The text at an offset.
     *
     * @param offset from the start of the table
     * @return the text up to the next NUL byte
     */
    public String text(long offset) {
        String known = decoded.get(offset);
        if (known != null) {
            return known;
        }
        String text = bytes.text(offset);
        budget -= text.length();
        if (budget < 0) {
            throw bytes.malformed(offset, "names overlap more than any linker makes them");
        }
        decoded.put(offset, text);
        return text;
    }
}
