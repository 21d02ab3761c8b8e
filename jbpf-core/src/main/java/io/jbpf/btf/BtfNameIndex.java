package io.jbpf.btf;

import io.jbpf.bytes.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds types by name: a hash table of ids chained in int arrays, keyed by the name without its CO-RE flavour. Strings
 * are hashed and compared as bytes where they lie; none is decoded. An index is either of types, which is all that CO-RE
 * asks for, or of what declares something: functions, variables and their like.
 */
final class BtfNameIndex {
    private static final int DECLARATIONS = 1 << BtfKind.FUNC.number()
            | 1 << BtfKind.VAR.number()
            | 1 << BtfKind.DATASEC.number()
            | 1 << BtfKind.DECL_TAG.number()
            | 1 << BtfKind.TYPE_TAG.number();

    private final ByteView types;
    private final int[] offsets;
    private final byte[] strings;
    private final int firstString;
    private final int firstId;
    private final @Nullable Btf base;
    private final int[] heads;
    private final int[] next;

    BtfNameIndex(
            Btf btf,
            @Nullable Btf base,
            ByteView types,
            int[] offsets,
            byte[] strings,
            int firstString,
            boolean declarations) {
        this.types = types;
        this.offsets = offsets;
        this.strings = strings;
        this.firstString = firstString;
        this.firstId = btf.firstId();
        this.base = base;
        heads = new int[Integer.highestOneBit(Math.max(offsets.length / (declarations ? 1 : 4), 8)) << 1];
        next = new int[offsets.length];
        Arrays.fill(heads, -1);
        // Backwards, so that a chain runs from the lowest id to the highest.
        for (int i = offsets.length - 1; i >= 0; i--) {
            int string = types.s32(offsets[i]);
            if (string == 0 || isDeclaration(types.s32(offsets[i] + 4L) >>> 24 & 0x1f) != declarations) {
                continue;
            }
            int bucket = bucket(hashAt(btf, firstId + i, string));
            next[i] = heads[bucket];
            heads[bucket] = i;
        }
    }

    private int hashAt(Btf btf, int id, int string) {
        if (base != null && string >= 0 && string < firstString) {
            byte[] inBase = baseName(string);
            return hash(inBase, 0, essentialLength(inBase, 0, inBase.length));
        }
        int start = string - firstString;
        if (string < 0 || start >= strings.length) {
            throw btf.malformed(id, "has its name at " + Integer.toUnsignedString(string) + ", outside the strings");
        }
        return hash(strings, start);
    }

    /** Whether a kind declares something of a type, rather than being one: half of a kernel's names are functions. */
    static boolean isDeclaration(int kind) {
        return (DECLARATIONS >>> kind & 1) != 0;
    }

    /** The ids of the types with a name, whatever their flavour. */
    int[] find(String essentialName) {
        byte[] wanted = essentialName.getBytes(StandardCharsets.UTF_8);
        int[] found = new int[4];
        int count = 0;
        for (int i = heads[bucket(hash(wanted, 0, wanted.length))]; i >= 0; i = next[i]) {
            if (isNamed(i, wanted)) {
                if (count == found.length) {
                    found = Arrays.copyOf(found, 2 * count);
                }
                found[count++] = firstId + i;
            }
        }
        return Arrays.copyOf(found, count);
    }

    private boolean isNamed(int i, byte[] wanted) {
        int string = types.s32(offsets[i]);
        if (string < firstString) {
            byte[] inBase = baseName(string);
            int length = essentialLength(inBase, 0, inBase.length);
            return Arrays.equals(inBase, 0, length, wanted, 0, wanted.length);
        }
        int start = string - firstString;
        // The strings end with a NUL, which no wanted name has: a mismatch stops the comparison before the end.
        for (int k = 0; k < wanted.length; k++) {
            if (strings[start + k] != wanted[k] || wanted[k] == 0) {
                return false;
            }
        }
        if (strings[start + wanted.length] == 0) {
            return true;
        }
        int end = start + wanted.length;
        while (strings[end] != 0) {
            end++;
        }
        return essentialLength(strings, start, end) == wanted.length;
    }

    private byte[] baseName(int string) {
        if (base == null) {
            throw new IllegalStateException("a string below the first one needs a base");
        }
        return base.string(string).getBytes(StandardCharsets.UTF_8);
    }

    private int bucket(int hash) {
        return (hash ^ hash >>> 16) & heads.length - 1;
    }

    private static int hash(byte[] bytes, int start, int end) {
        int hash = 0;
        for (int i = start; i < end; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash;
    }

    /** The hash of a NUL-terminated string without its flavour, in one pass where there is no triple underscore. */
    private static int hash(byte[] strings, int start) {
        int hash = 0;
        int underscores = 0;
        boolean flavoured = false;
        int end = start;
        for (byte b = strings[end]; b != 0; b = strings[++end]) {
            hash = 31 * hash + b;
            underscores = b == '_' ? underscores + 1 : 0;
            flavoured |= underscores == 3;
        }
        return flavoured ? hash(strings, start, start + essentialLength(strings, start, end)) : hash;
    }

    /** How long the name from {@code start} to {@code end} is without its flavour. */
    static int essentialLength(byte[] name, int start, int end) {
        for (int i = end - 5; i >= start; i--) {
            if (name[i] != '_'
                    && name[i + 1] == '_'
                    && name[i + 2] == '_'
                    && name[i + 3] == '_'
                    && name[i + 4] != '_') {
                return i + 1 - start;
            }
        }
        return end - start;
    }
}
