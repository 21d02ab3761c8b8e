package io.jbpf.map;

import java.nio.ByteBuffer;

/** What the typed views have in common. */
final class Views {
    private Views() {}

    /** Refuses codecs whose sizes are not the map's, before a call could write beyond them. */
    static void requireFit(BpfMap map, Codec<?> keys, Codec<?> values, boolean perCpu) {
        MapInfo info = map.info();
        if (keys.size() != info.keySize()) {
            throw new IllegalArgumentException(
                    "a key of map '" + info.name() + "' has " + info.keySize() + " bytes, the codec " + keys.size());
        }
        if (values.size() != info.valueSize()) {
            throw new IllegalArgumentException("a value of map '" + info.name() + "' has " + info.valueSize()
                    + " bytes, the codec " + values.size());
        }
        if (map.isPerCpu() != perCpu) {
            throw new IllegalArgumentException(
                    "map '" + info.name() + "' is " + (perCpu ? "not per-CPU: use typed()" : "per-CPU: use perCpu()"));
        }
    }

    /** Zeroes a buffer from 0 to its limit, so that padding never carries an earlier operation's bytes. */
    static ByteBuffer zeroed(ByteBuffer buffer) {
        for (int i = 0; i < buffer.limit(); i++) {
            buffer.put(i, (byte) 0);
        }
        return buffer;
    }
}
