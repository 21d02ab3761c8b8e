package io.jbpf.benchmarks;

import io.jbpf.btf.Btf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.openjdk.jmh.annotations.Warmup;

/** The kernel's own types, some 120,000 of them, from bytes to a model that can be asked. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KernelBtfParse {
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    /** Reads the bytes once, so that parsing alone is measured. */
    @Setup
    public void read() throws IOException {
        byte[] all = Files.readAllBytes(Path.of("/sys/kernel/btf/vmlinux"));
        bytes = ByteBuffer.allocateDirect(all.length)
                .order(ByteOrder.nativeOrder())
                .put(all)
                .flip();
    }

    /** Parses it. */
    @Benchmark
    public Btf parse() {
        return Btf.parse("vmlinux", bytes.duplicate().order(ByteOrder.nativeOrder()));
    }
}
