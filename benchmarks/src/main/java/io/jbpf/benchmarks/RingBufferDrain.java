package io.jbpf.benchmarks;

import io.jbpf.BpfObject;
import io.jbpf.event.RecordHandler;
import io.jbpf.event.RingBuffer;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Reading a ring buffer beside libbpf, in the same run: see {@code src/build/ring.sh}, which starts both and prints the
 * ratios. Prints lines {@code NAME BEST MEDIAN} as its peer does: "drain" is nanoseconds an event from a full ring,
 * "stream" millions of events a second while another thread runs the program all the time, "dropped" those it found no
 * room for, per cent.
 */
public final class RingBufferDrain {
    private static final int BATCH = 10_000;
    private static final int RECORD = 24;
    private static final int WARM_UP = 500;

    private static volatile boolean stop;

    private RingBufferDrain() {}

    /** Counts and reads, as a handler would. */
    private static final class Sum implements RecordHandler {
        private long seen;
        private long sum;

        @Override
        public void record(ByteBuffer data, int offset, int length) {
            seen++;
            sum += data.getLong(offset) + data.getLong(offset + Long.BYTES);
        }
    }

    /** The object, how many rings are drained, and how many seconds are streamed. */
    public static void main(String[] args) throws InterruptedException {
        int rounds = Integer.parseInt(args[1]);
        int seconds = Integer.parseInt(args[2]);
        Sum sum = new Sum();
        try (BpfObject object = BpfObject.load(ObjectSpec.read(Path.of(args[0])));
                RingBuffer ring = RingBuffer.open(object.map("events"), sum)) {
            BpfProgram program = object.program("writes");
            drain(ring, program, sum, WARM_UP);
            report("drain", drain(ring, program, sum, rounds));
            long written = object.variable("written").get();
            long dropped = object.variable("dropped").get();
            report("stream", stream(ring, program, sum, seconds));
            written = object.variable("written").get() - written;
            dropped = object.variable("dropped").get() - dropped;
            report("dropped", new double[] {100.0 * dropped / (written + dropped)});
        }
        System.err.println("checksum " + sum.sum);
    }

    private static double[] drain(RingBuffer ring, BpfProgram program, Sum sum, int rounds) {
        double[] nanoseconds = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            write(program, ring.size() / RECORD - 1);
            sum.seen = 0;
            long begin = System.nanoTime();
            int events = ring.consume();
            nanoseconds[i] = (double) (System.nanoTime() - begin) / events;
            if (events != sum.seen || events != ring.size() / RECORD - 1) {
                throw new AssertionError(events + " events, " + sum.seen + " seen");
            }
        }
        return nanoseconds;
    }

    private static double[] stream(RingBuffer ring, BpfProgram program, Sum sum, int seconds)
            throws InterruptedException {
        Thread producer = new Thread(() -> {
            while (!stop) {
                write(program, BATCH);
            }
        });
        producer.start();
        double[] rates = new double[seconds];
        for (int i = 0; i < seconds; i++) {
            sum.seen = 0;
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(1)) {
                int unused = ring.poll(Duration.ofMillis(100));
            }
            rates[i] = 1e3 * sum.seen / (System.nanoTime() - begin);
        }
        stop = true;
        producer.join();
        return rates;
    }

    private static void write(BpfProgram program, int times) {
        byte[] packet = ByteBuffer.allocate(64)
                .order(ByteOrder.nativeOrder())
                .putInt(times)
                .array();
        int unused = program.testRun(packet, 1).returned();
    }

    private static void report(String name, double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        boolean more = name.equals("stream");
        double best = sorted[more ? sorted.length - 1 : 0];
        System.out.printf(Locale.ROOT, "%s %.2f %.2f%n", name, best, sorted[sorted.length / 2]);
    }
}
