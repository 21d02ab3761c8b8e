package io.jbpf.btf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes BTF by hand, also what no compiler here writes: enum64, big-endian, nonsense. */
public final class BtfBytes {
    private final ByteOrder order;
    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
    private final int firstString;
    private final List<int[]> types = new ArrayList<>();

    /** BTF without a base. */
    public BtfBytes(ByteOrder order) {
        this(order, 0);
    }

    /** Split BTF, on a base with so many bytes of strings. */
    BtfBytes(ByteOrder order, int firstString) {
        this.order = order;
        this.firstString = firstString;
        if (firstString == 0) {
            strings.write(0);
        }
    }

    /** A text, and where it is. */
    public int string(String text) {
        int offset = firstString + strings.size();
        strings.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        strings.write(0);
        return offset;
    }

    /** A type: name, kind, count, flag, size or type, and what follows. */
    public BtfBytes type(String name, BtfKind kind, int count, boolean flag, int sizeOrType, int... rest) {
        int[] words = new int[3 + rest.length];
        words[0] = name.isEmpty() ? 0 : string(name);
        words[1] = kind.number() << 24 | count | (flag ? 1 << 31 : 0);
        words[2] = sizeOrType;
        System.arraycopy(rest, 0, words, 3, rest.length);
        types.add(words);
        return this;
    }

    int stringSize() {
        return strings.size();
    }

    /** The blob. */
    public byte[] build() {
        int typeBytes = types.stream().mapToInt(w -> 4 * w.length).sum();
        ByteBuffer bytes = ByteBuffer.allocate(24 + typeBytes + strings.size()).order(order);
        bytes.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
        bytes.putInt(0).putInt(typeBytes).putInt(typeBytes).putInt(strings.size());
        for (int[] words : types) {
            for (int word : words) {
                bytes.putInt(word);
            }
        }
        return bytes.put(strings.toByteArray()).array();
    }
}
