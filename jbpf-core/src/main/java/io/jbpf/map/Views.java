package io.jbpf.map;

import io.jbpf.object.MapType;
import java.nio.ByteBuffer;
import java.util.List;

/** What the typed views have in common. */
final class Views {
    private Views() {}

    /** Refuses codecs whose sizes are not the map's, before a call could write beyond them. */
    static void requireFit(BpfMap map, Codec<?> keys, Codec<?> values, boolean perCpu) {
        requireKey(map, keys);
        requireValue(map, values);
        if (map.isPerCpu() != perCpu) {
            throw new IllegalArgumentException(
                    "map '" + map.name() + "' is " + (perCpu ? "not per-CPU: use typed()" : "per-CPU: use perCpu()"));
        }
    }

    /** Refuses a codec whose size is not that of the map's keys. */
    static void requireKey(BpfMap map, Codec<?> keys) {
        MapInfo info = map.info();
        if (keys.size() != info.keySize()) {
            throw new IllegalArgumentException(
                    "a key of map '" + info.name() + "' has " + info.keySize() + " bytes, the codec " + keys.size());
        }
    }

    /** Refuses a codec whose size is not that of the map's values. */
    static void requireValue(BpfMap map, Codec<?> values) {
        MapInfo info = map.info();
        if (values.size() != info.valueSize()) {
            throw new IllegalArgumentException("a value of map '" + info.name() + "' has " + info.valueSize()
                    + " bytes, the codec " + values.size());
        }
    }

    /** Refuses maps whose keys or values are no numbers of 4 or 8 bytes. */
    static void requireNumbers(BpfMap map, boolean perCpu) {
        MapInfo info = map.info();
        if (isNoNumber(info.keySize()) || isNoNumber(info.valueSize())) {
            throw new IllegalArgumentException("map '" + info.name() + "' has keys of " + info.keySize()
                    + " bytes and values of " + info.valueSize() + ": numbers are of 4 or 8");
        }
        if (map.isPerCpu() != perCpu) {
            throw new IllegalArgumentException("map '" + info.name() + "' is "
                    + (perCpu ? "not per-CPU: use longs()" : "per-CPU: use perCpuLongs()"));
        }
    }

    private static boolean isNoNumber(int size) {
        return size != Integer.BYTES && size != Long.BYTES;
    }

    /** Refuses maps of another type. */
    static void requireType(BpfMap map, String wanted, MapType... types) {
        if (map.type().filter(List.of(types)::contains).isEmpty()) {
            throw new IllegalArgumentException("map '" + map.name() + "' is no " + wanted + " but of type "
                    + map.type()
                            .map(MapType::kernelName)
                            .orElse(Integer.toString(map.info().typeNumber())));
        }
    }

    /** Refuses values of four bytes where a descriptor is to follow. */
    static void requirePair(BpfMap map, String second) {
        if (map.info().valueSize() < 2 * Integer.BYTES) {
            throw new IllegalArgumentException("the values of map '" + map.name() + "' have "
                    + map.info().valueSize() + " bytes: no room for " + second);
        }
    }

    /** Writes a number, and a descriptor where the values have room for it. */
    static void putPair(BpfMap map, Scratch scratch, int first, int second) {
        ByteBuffer value = zeroed(scratch.value(map.valueBytes())).putInt(0, first);
        if (map.info().valueSize() >= 2 * Integer.BYTES) {
            value.putInt(Integer.BYTES, second);
        }
    }

    /** {@return the second number of a value, or 0 where it has none} */
    static int secondOfPair(BpfMap map, Scratch scratch) {
        return map.info().valueSize() < 2 * Integer.BYTES
                ? 0
                : scratch.value(map.valueBytes()).getInt(Integer.BYTES);
    }

    /** {@return this thread's scratch with a number for a key} */
    static Scratch scratch(BpfMap map, int key) {
        Scratch scratch = map.scratch();
        scratch.key(Integer.BYTES).putInt(0, key);
        return scratch;
    }

    /** Zeroes a buffer from 0 to its limit, so that padding never carries an earlier operation's bytes. */
    static ByteBuffer zeroed(ByteBuffer buffer) {
        for (int i = 0; i < buffer.limit(); i++) {
            buffer.put(i, (byte) 0);
        }
        return buffer;
    }
}
