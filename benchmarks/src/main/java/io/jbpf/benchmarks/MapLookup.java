package io.jbpf.benchmarks;

import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.TypedMap;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A lookup in a hash map: what bytes cost, and what the typed view adds to them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MapLookup {
    private static final int ENTRIES = 10_000;

    private final BpfMap map = BpfMap.create(MapSpec.of("jbpf_bench", MapType.HASH, 4, 8, ENTRIES));
    private final TypedMap<Integer, Long> typed = map.typed(Codec.u32(), Codec.u64());
    private final ByteBuffer key = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
    private final ByteBuffer value = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    private int next;

    /** Fills the map. */
    @Setup
    public void fill() {
        for (int i = 0; i < ENTRIES; i++) {
            typed.put(i, (long) i);
        }
    }

    /** Frees the map. */
    @TearDown
    public void close() {
        map.close();
    }

    /** Bytes in, bytes out. */
    @Benchmark
    public long bytes() {
        key.putInt(0, next());
        return map.lookup(key, value) ? value.getLong(0) : -1;
    }

    /** Boxed values by way of codecs. */
    @Benchmark
    public Optional<Long> typed() {
        return typed.lookup(next());
    }

    private int next() {
        next = (next + 1) % ENTRIES;
        return next;
    }
}
