package io.jbpf.benchmarks;

import io.jbpf.map.BpfMap;
import io.jbpf.map.BulkReader;
import io.jbpf.map.Codec;
import io.jbpf.map.EntryCursor;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Reading a whole hash map; times are of one entry. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MapWalk {
    private static final int ENTRIES = 10_000;

    private final BpfMap map = BpfMap.create(MapSpec.of("jbpf_bench", MapType.HASH, 8, 8, ENTRIES));
    private final BulkReader reader = BulkReader.of(map);

    /** Fills the map. */
    @Setup
    public void fill() {
        for (int i = 0; i < ENTRIES; i++) {
            map.longs().put(i, i);
        }
    }

    /** Frees the map. */
    @TearDown
    public void close() {
        reader.close();
        map.close();
    }

    /** In batches, without boxes. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public long cursor() {
        EntryCursor cursor = map.entries();
        long sum = 0;
        while (cursor.advance()) {
            sum += cursor.keyAsLong() + cursor.valueAsLong();
        }
        return sum;
    }

    /** By a program in the kernel. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public long bulk() {
        EntryCursor cursor = reader.read();
        long sum = 0;
        while (cursor.advance()) {
            sum += cursor.keyAsLong() + cursor.valueAsLong();
        }
        return sum;
    }

    /** As a Java map. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public int entries() {
        return map.typed(Codec.u64(), Codec.u64()).entries().size();
    }
}
