package io.jbpf.btf;

import io.jbpf.bytes.ByteView;
import java.util.Arrays;

/** The one pass over a blob that every BTF pays for: where each type starts. */
final class BtfScan {
    /** A guess at how many bytes a type takes, to size the table; kernels have 28 to 30. */
    private static final int TYPICAL_SIZE = 24;

    private BtfScan() {}

    static int[] offsets(ByteView types, int firstId) {
        int size = types.size();
        int[] offsets = new int[size / TYPICAL_SIZE + 8];
        int count = 0;
        int at = 0;
        while (at < size) {
            int info = types.s32(at + 4L);
            int kind = info >>> 24 & 0x1f;
            if (kind == 0 || kind >= BtfKind.known()) {
                throw types.malformed(at, "type " + (firstId + count) + " is of unknown kind " + kind);
            }
            if (count == offsets.length) {
                offsets = Arrays.copyOf(offsets, count + (count >> 1));
            }
            offsets[count++] = at;
            int length = Btf.COMMON_SIZE + BtfKind.known(kind).bytesAfter(info & 0xffff);
            if (length > size - at) {
                throw types.malformed(at, "type " + (firstId + count - 1) + " runs past the end");
            }
            at += length;
        }
        return Arrays.copyOf(offsets, count);
    }
}
