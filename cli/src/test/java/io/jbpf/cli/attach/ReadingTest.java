package io.jbpf.cli.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.cli.output.Json;
import io.jbpf.programs.CounterDrops;
import io.jbpf.programs.FirewallStats;
import io.jbpf.programs.Traffic;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReadingTest {
    private static final String TIME = "2026-11-23T12:00:00.123Z";

    @Test
    void systemCallsAsATable() {
        assertThat(syscalls(CounterDrops.NONE).lines(false))
                .containsExactly(
                        TIME + "  process 42", //
                        "SYSCALL  COUNT  PER SECOND",
                        "read      1200          60",
                        "openat       3         1.5",
                        "total     1203          62",
                        "",
                        "PID  COUNT  PER SECOND",
                        " 42   1200          60",
                        " 43      3         1.5  ended");
    }

    @Test
    void systemCallsAsJson() {
        assertThat(Json.line(syscalls(new CounterDrops(1, 2, 3, 4, 5, 6))))
                .isEqualTo("{\"time\":\"" + TIME + "\",\"target\":\"process 42\",\"seconds\":2.0,"
                        + "\"count\":1203,\"delta\":123,\"syscalls\":["
                        + "{\"name\":\"read\",\"number\":0,\"abi\":\"native\",\"count\":1200,\"delta\":120},"
                        + "{\"name\":\"openat\",\"number\":257,\"abi\":\"native\",\"count\":3,\"delta\":3}],"
                        + "\"processes\":[{\"pid\":42,\"count\":1200,\"delta\":120,\"ended\":false},"
                        + "{\"pid\":43,\"count\":3,\"delta\":3,\"ended\":true}],"
                        + "\"dropped\":{\"processes\":1,\"syscalls\":2,\"cgroups\":3,\"children\":4,"
                        + "\"unread\":5,\"missed_runs\":6},\"over\":false}");
    }

    @Test
    void whatCouldNotBeCountedIsSaid() {
        assertThat(syscalls(new CounterDrops(1, 2, 3, 4, 5, 6)).lines(false))
                .contains("not counted for want of room: 2 by system call, 1 by process; not followed: 4 children,"
                        + " 3 cgroups; ended unread: 5 processes; runs left out by the kernel: 6");
    }

    @Test
    void aScreenIsNotFlooded() {
        SyscallReading many = new SyscallReading(
                TIME,
                "process 42",
                1,
                100,
                100,
                IntStream.range(0, 100)
                        .mapToObj(n -> new SyscallReading.Call("call" + n, n, "native", 1, 1))
                        .toList(),
                IntStream.range(0, 100)
                        .mapToObj(n -> new SyscallReading.Caller(n, 1, 1, false))
                        .toList(),
                CounterDrops.NONE,
                false);

        assertThat(many.lines(true)).hasSizeLessThanOrEqualTo(24).contains("and 88 system calls more");
        assertThat(many.lines(false)).hasSizeGreaterThan(200);
    }

    @Test
    void firewallStatsAsATable() {
        assertThat(firewall().lines(false))
                .containsExactly(
                        TIME + "  tcx", //
                        "eth0        PACKETS  BYTES  PACKETS/S  BYTES/S",
                        "allowed          30   3000         10     1000",
                        "blocked           5    300        2.5      150",
                        "tcp              34   3240         12     1120",
                        "udp               1     60        0.5       30",
                        "unreadable        0      0          0        0",
                        "1 own connections could not be remembered: their answers may have been blocked");
    }

    @Test
    void firewallStatsAsJson() {
        assertThat(Json.line(firewall()))
                .startsWith("{\"time\":\"" + TIME + "\",\"interface\":\"eth0\",\"hook\":\"tcx\",\"seconds\":2.0,"
                        + "\"allowed\":{\"packets\":30,\"bytes\":3000,\"packets_delta\":20,\"bytes_delta\":2000},")
                .endsWith("\"flows_lost\":1}");
    }

    private static SyscallReading syscalls(CounterDrops drops) {
        return new SyscallReading(
                TIME,
                "process 42",
                2,
                1203,
                123,
                List.of(
                        new SyscallReading.Call("read", 0, "native", 1200, 120),
                        new SyscallReading.Call("openat", 257, "native", 3, 3)),
                List.of(new SyscallReading.Caller(42, 1200, 120, false), new SyscallReading.Caller(43, 3, 3, true)),
                drops,
                false);
    }

    private static FirewallReading firewall() {
        FirewallStats before = new FirewallStats(
                new Traffic(10, 1000), Traffic.NONE, new Traffic(10, 1000), Traffic.NONE, Traffic.NONE, 0, 0);
        FirewallStats now = new FirewallStats(
                new Traffic(30, 3000),
                new Traffic(5, 300),
                new Traffic(34, 3240),
                new Traffic(1, 60),
                Traffic.NONE,
                1,
                0);
        return FirewallReading.of(TIME, "eth0", "tcx", 2, now, before);
    }
}
