package io.jbpf.benchmarks;

import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.LongMap;
import io.jbpf.map.PerCpuLongMap;
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

/**
 * Operations on elements. Those in numbers and in bytes are to allocate nothing: run with {@code -prof gc}, and
 * {@code gc.alloc.rate.norm} is about 0 bytes an operation. What typed views cost beside them is here, too.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MapOperations {
    private static final int ENTRIES = 10_000;

    private final BpfMap hash = BpfMap.create(MapSpec.of("jbpf_bench", MapType.HASH, 8, 8, ENTRIES));
    private final BpfMap perCpu = BpfMap.create(MapSpec.of("jbpf_bench_cpu", MapType.PERCPU_HASH, 8, 8, ENTRIES));
    private final LongMap numbers = hash.longs();
    private final PerCpuLongMap perCpuNumbers = perCpu.perCpuLongs();
    private final TypedMap<Long, Long> typed = hash.typed(Codec.u64(), Codec.u64());
    private final ByteBuffer key = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    private final ByteBuffer value = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    private int next;

    /** Fills the maps. */
    @Setup
    public void fill() {
        for (int i = 0; i < ENTRIES; i++) {
            numbers.put(i, i);
            perCpuNumbers.fill(i, i);
        }
    }

    /** Frees the maps. */
    @TearDown
    public void close() {
        hash.close();
        perCpu.close();
    }

    /** A lookup. */
    @Benchmark
    public long lookup() {
        return numbers.get(next(), -1);
    }

    /** A lookup, bytes in, bytes out. */
    @Benchmark
    public long lookupBytes() {
        key.putLong(0, next());
        return hash.lookup(key, value) ? value.getLong(0) : -1;
    }

    /** A lookup, boxed values by way of codecs. */
    @Benchmark
    public Optional<Long> lookupTyped() {
        return typed.lookup((long) next());
    }

    /** An update. */
    @Benchmark
    public void update() {
        numbers.put(next(), next);
    }

    /** A delete, and the update that puts the key back. */
    @Benchmark
    public void deleteAndPut() {
        int key = next();
        numbers.delete(key);
        numbers.put(key, 1);
    }

    /** The sum over all possible CPUs. */
    @Benchmark
    public long perCpuSum() {
        return perCpuNumbers.sum(next(), -1);
    }

    private int next() {
        next = (next + 1) % ENTRIES;
        return next;
    }
}
