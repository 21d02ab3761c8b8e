package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.testkit.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

@KernelTest
class LargeMapTest {
    private static final int ENTRIES = 100_000;

    /** Kernels before 5.11 charge maps to RLIMIT_MEMLOCK, of which most processes have 64 KiB. */
    @Test
    void aMapLargerThanMostProcessesMayLockIsMade() throws IOException {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_large", MapType.HASH, 8, 64, ENTRIES))) {
            assertThat(map.info().maxEntries()).isEqualTo(ENTRIES);
        }
        if (KernelProbes.feature(Feature.MEMORY_CGROUP_ACCOUNTING).isUnsupported()) {
            assertThat(Files.readAllLines(Path.of("/proc/self/limits")))
                    .filteredOn(line -> line.startsWith("Max locked memory"))
                    .first()
                    .asString()
                    .contains("unlimited");
        }
    }
}
