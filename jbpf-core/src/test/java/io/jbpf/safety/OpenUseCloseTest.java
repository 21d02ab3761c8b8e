package io.jbpf.safety;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.BpfObject;
import io.jbpf.event.RingBuffer;
import io.jbpf.link.AttachedPrograms;
import io.jbpf.link.CgroupLink;
import io.jbpf.link.KernelLink;
import io.jbpf.map.BpfMap;
import io.jbpf.map.LongMap;
import io.jbpf.map.UpdateMode;
import io.jbpf.object.AttachType;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.MappedMemory;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 64 threads open, use and close maps, programs and links, and everything ends where it began: descriptors, what the kernel
 * has under a name of ours, mappings and native memory. {@code -Djbpf.stress} says how many.
 */
@KernelTest
@Tag(KernelSupport.SCALE)
@SuppressWarnings("try") // some are only held
class OpenUseCloseTest {
    private static final int THREADS = 64;
    private static final int OBJECTS = Integer.getInteger("jbpf.stress", 100_000);
    private static final String MAP = "jbpf_stress_m";
    private static final String PROGRAM = "jbpf_stress_p";
    private static final long MEGABYTE = 1 << 20;

    private static ObjectSpec spec;

    @BeforeAll
    static void read() {
        ObjectSpec links = TestObjects.read("links");
        spec = links.withProgram("allows_connections", program -> program.withAutoload(true));
    }

    private static List<MapSpec> maps() {
        return List.of(
                MapSpec.of(MAP, MapType.HASH, 8, 8, 16),
                MapSpec.of(MAP, MapType.ARRAY, 4, 8, 16),
                MapSpec.of(MAP, MapType.PERCPU_HASH, 4, 8, 16),
                MapSpec.of(MAP, MapType.ARRAY, 4, 8, 512).withFlags(1 << 10),
                MapSpec.of(MAP, MapType.LRU_HASH, 4, 4, 64));
    }

    private final AtomicInteger number = new AtomicInteger();

    private void mapOpenedUsedAndClosed(int n) {
        List<MapSpec> all = maps();
        MapSpec wanted = all.get(n % all.size());
        try (BpfMap map = BpfMap.create(wanted);
                BpfMap again = n % 7 == 0
                        ? map.duplicate()
                        : BpfMap.openById(map.info().id())) {
            if (wanted.type() == MapType.PERCPU_HASH) {
                map.update(bytes(4), bytes(map.valueBytes()), UpdateMode.ANY);
                assertThat(again.count()).isOne();
                return;
            }
            LongMap longs = map.longs();
            longs.put(3, n);
            assertThat(again.longs().get(3, -1)).isEqualTo(n);
            if (map.isMappable()) {
                ByteBuffer memory = again.memory(true);
                assertThat(memory.getLong(24)).isEqualTo(n);
                memory.putLong(24, n + 1L);
                assertThat(longs.get(3, -1)).isEqualTo(n + 1L);
            }
        }
    }

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count);
    }

    private static void programOpenedUsedAndClosed() {
        try (BpfMap unused = BpfMap.create(maps().get(0));
                BpfProgram program = TestStress.program(PROGRAM)) {
            assertThat(program.testRun(new byte[64], 1).returned()).isEqualTo(TestStress.ANSWER);
            try (BpfProgram again = BpfProgram.openById(program.info().id())) {
                assertThat(again.currentInfo().tag()).isEqualTo(program.info().tag());
            }
        }
    }

    private static void linkOpenedUsedAndClosed(BpfProgram program, Path cgroup) {
        try (CgroupLink link = CgroupLink.attach(program, cgroup, AttachType.CGROUP_INET4_CONNECT);
                KernelLink again = KernelLink.openById(link.info().id())) {
            assertThat(again.info()).isEqualTo(link.info());
        }
    }

    private static void ringOpenedUsedAndClosed() {
        MapSpec spec = MapSpec.of(MAP, MapType.RINGBUF, 0, 0, MappedMemory.PAGE_SIZE);
        try (BpfMap map = BpfMap.create(spec);
                RingBuffer ring = RingBuffer.open(map, (data, offset, length) -> {})) {
            assertThat(ring.consume()).isZero();
        }
    }

    private int someOpenedUsedAndClosed(int count, BpfProgram program, List<Path> cgroups) {
        int done = 0;
        while (done < count) {
            int n = number.getAndIncrement();
            switch (n % 10) {
                case 0, 1, 2, 3 -> mapOpenedUsedAndClosed(n / 10);
                case 4, 5, 6 -> programOpenedUsedAndClosed();
                case 7, 8 -> linkOpenedUsedAndClosed(program, cgroups.get(n % cgroups.size()));
                default -> ringOpenedUsedAndClosed();
            }
            done++;
        }
        return done;
    }

    private int inThreads(int count, BpfProgram program, List<Path> cgroups) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Integer>> work = new ArrayList<>();
            Callable<Integer> share = () -> someOpenedUsedAndClosed(count / THREADS, program, cgroups);
            for (int i = 0; i < THREADS; i++) {
                work.add(threads.submit(share));
            }
            int done = 0;
            for (Future<Integer> each : work) {
                done += each.get(10, TimeUnit.MINUTES);
            }
            return done;
        } finally {
            threads.shutdownNow();
            assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Test
    void everythingEndsWhereItBegan() throws Exception {
        try (TestCgroup cgroup = TestCgroup.create();
                BpfObject object = BpfObject.load(spec)) {
            List<Path> cgroups = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                cgroups.add(cgroup.child("c" + i));
            }
            BpfProgram program = object.program("allows_connections");
            // Whatever is made once for the process is made now.
            int unused = inThreads(THREADS * 10, program, cgroups);
            Usage before = Usage.now();
            assertThat(inThreads(OBJECTS, program, cgroups)).isGreaterThan(OBJECTS - THREADS);
            Waits.until(() -> {
                System.gc();
                return Usage.now().beyond(before).isEmpty();
            });
            Waits.until(() -> TestStress.names(MAP, PROGRAM).isEmpty());
            for (Path each : cgroups) {
                assertThat(AttachedPrograms.ofCgroup(each, AttachType.CGROUP_INET4_CONNECT)
                                .entries())
                        .isEmpty();
            }
        }
    }

    /** What the process has that could grow. */
    private record Usage(Map<String, Long> counts) {
        static Usage now() {
            Map<String, Long> counts = new TreeMap<>();
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
                counts.put("descriptors", descriptors.count());
                counts.put(
                        "mappings of maps",
                        Files.readAllLines(Path.of("/proc/self/maps")).stream()
                                .filter(line -> line.contains("bpf"))
                                .count());
                counts.put("resident MiB", resident() / MEGABYTE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
                if (pool.getName().equals("direct")) {
                    counts.put("direct buffers KiB", pool.getMemoryUsed() / 1024);
                }
            }
            return new Usage(counts);
        }

        private static long resident() throws IOException {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        }

        /** The heap may settle larger; what is outside of it must not grow with the number of objects. */
        Map<String, Long> beyond(Usage before) {
            Map<String, Long> slack = Map.of("resident MiB", 128L, "direct buffers KiB", 256L);
            Map<String, Long> more = new TreeMap<>(counts);
            more.entrySet()
                    .removeIf(entry -> entry.getValue()
                            <= before.counts.getOrDefault(entry.getKey(), 0L) + slack.getOrDefault(entry.getKey(), 0L));
            return more;
        }
    }
}
