package io.jbpf.btf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The strings of a BTF being made: each text is stored once, and none that the base has already. */
final class BtfStrings {
    private final @Nullable Btf base;
    private final int first;
    private final Map<String, Integer> offsets = new HashMap<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private @Nullable Map<String, Integer> baseOffsets;

    /** An empty pool, over the strings of a base if there is one. */
    BtfStrings(@Nullable Btf base) {
        this.base = base;
        this.first = base == null ? 0 : base.endOfStrings();
        if (base == null) {
            bytes.write(0);
            offsets.put("", 0);
        }
    }

    private BtfStrings(@Nullable Btf base, byte[] original) {
        this.base = base;
        this.first = base == null ? 0 : base.endOfStrings();
        bytes.writeBytes(original);
        index(original, first, offsets);
    }

    /** A pool that has all strings of a BTF where they are there, so that offsets noted elsewhere stay right. */
    static BtfStrings startingAs(Btf btf) {
        return new BtfStrings(btf.base().orElse(null), btf.ownStrings());
    }

    /** Where a text is; it is added if it is new. */
    int offset(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        Integer known = offsets.get(text);
        if (known == null && base != null) {
            known = baseOffsets(base).get(text);
        }
        if (known != null) {
            return known;
        }
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a name in BTF cannot contain a NUL character");
        }
        int added = first + bytes.size();
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        bytes.write(0);
        offsets.put(text, added);
        return added;
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    private Map<String, Integer> baseOffsets(Btf below) {
        if (baseOffsets == null) {
            Map<String, Integer> all = new HashMap<>();
            for (Btf at = below; at != null; at = at.base().orElse(null)) {
                index(at.ownStrings(), at.endOfStrings() - at.ownStrings().length, all);
            }
            baseOffsets = all;
        }
        return baseOffsets;
    }

    private static void index(byte[] strings, int first, Map<String, Integer> into) {
        int start = 0;
        for (int i = 0; i < strings.length; i++) {
            if (strings[i] == 0) {
                into.putIfAbsent(new String(strings, start, i - start, StandardCharsets.UTF_8), first + start);
                start = i + 1;
            }
        }
    }
}
