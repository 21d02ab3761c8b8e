package io.jbpf.map;

import java.nio.ByteBuffer;

/** Integers of 4 and 8 bytes in a map's memory, as Java longs. */
final class Numbers {
    private Numbers() {}

    /** {@return the width, if it is one of those} */
    static int require(int width, String what, BpfMap map) {
        if (width != Integer.BYTES && width != Long.BYTES) {
            throw new IllegalStateException(
                    "a " + what + " of map '" + map.name() + "' has " + width + " bytes, not 4 or 8 as a number");
        }
        return width;
    }

    /** {@return the number at an index, zero-extended} */
    static long read(ByteBuffer from, int index, int width) {
        return width == Long.BYTES ? from.getLong(index) : from.getInt(index) & 0xffff_ffffL;
    }

    /** {@return the sum of the numbers that lie that many bytes apart} */
    static long sum(ByteBuffer from, int start, int length, int stride, int width) {
        long sum = 0;
        for (int at = start; at < start + length; at += stride) {
            sum += read(from, at, width);
        }
        return sum;
    }

    /**
     * Writes a number.
     *
     * @throws IllegalArgumentException if it fits neither {@code __u32} nor {@code __s32}, and is to
     */
    static void write(ByteBuffer to, int index, int width, long number) {
        if (width == Long.BYTES) {
            to.putLong(index, number);
        } else if (number >= Integer.MIN_VALUE && number <= 0xffff_ffffL) {
            to.putInt(index, (int) number);
        } else {
            throw new IllegalArgumentException(number + " does not fit into 4 bytes");
        }
    }
}
