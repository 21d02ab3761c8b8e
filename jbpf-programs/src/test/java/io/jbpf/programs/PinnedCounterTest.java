package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jbpf.KernelObjects;
import io.jbpf.error.BpfException;
import io.jbpf.error.LockHeldException;
import io.jbpf.fs.BpfFs;
import io.jbpf.fs.BpffsLock;
import io.jbpf.link.KernelLink;
import io.jbpf.link.LinkInfo;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramInfo;
import io.jbpf.sys.Fd;
import io.jbpf.testkit.HoldingProcess;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.TestPrograms;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@KernelTest
@Tag("syscall-counter")
class PinnedCounterTest {
    private static final SyscallFilter GETPPID = SyscallFilter.of(List.of("getppid"));

    /** Some seconds of calls, so that much happens among them; fewer for slow machines: {@code -Djbpf.calls=100000}. */
    private static final long CALLS = Long.getLong("jbpf.calls", 5_000_000);

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Path directory = BpfFs.mounted()
            .directory()
            .resolve("jbpf-test-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet());
    private final TestCgroup cgroup = TestCgroup.create();

    @AfterEach
    void removeAll() throws IOException {
        for (String name : pins()) {
            Files.delete(directory.resolve(name));
        }
        Files.deleteIfExists(directory);
        cgroup.close();
    }

    private Set<String> pins() throws IOException {
        if (!Files.exists(directory)) {
            return Set.of();
        }
        try (Stream<Path> pins = Files.list(directory)) {
            return pins.map(pin -> pin.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private SyscallCounter open() {
        return SyscallCounter.open(CounterSizes.SMALL, directory);
    }

    /** While another counter of this process has it open. */
    private SyscallCounter openToo(BpffsLock held) {
        return SyscallCounter.open(CounterSizes.SMALL, directory, held);
    }

    private static CounterTarget what(SyscallCounter counter, TargetId target) {
        return Objects.requireNonNull(counter.targets().get(target));
    }

    private TargetId only(SyscallCounter counter) {
        return counter.find(cgroup.path()).orElseThrow();
    }

    @Test
    void goesOnCountingBetweenTwoLoaders() throws Exception {
        try (Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            try (SyscallCounter first = open()) {
                assertThat(first.adopted()).isFalse();
                first.watchCgroup(cgroup.path(), GETPPID);
                caller.call(1000);
            }
            caller.call(100);
            // Inherited in the kernel while nobody is there.
            Files.writeString(cgroup.child("young").resolve("cgroup.procs"), Integer.toString(caller.pid()));
            caller.call(10);
            try (SyscallCounter second = open()) {
                assertThat(second.adopted()).isTrue();
                TargetId target = only(second);
                assertThat(second.targets())
                        .containsOnlyKeys(target)
                        .containsValue(new CounterTarget(Optional.of(cgroup.path()), Optional.empty(), GETPPID));
                caller.call(1);
                assertThat(second.snapshot().total(target)).isEqualTo(1111);
                assertThat(second.processes(target)).containsExactly(new ProcessCount(caller.pid(), 1111, false));
                assertThat(Drops.of(second)).isEqualTo(CounterDrops.NONE);
                second.filter(target, SyscallFilter.of(List.of("mount", "getppid")));
            }
            try (SyscallCounter third = open()) {
                assertThat(what(third, only(third)).filter()).isEqualTo(SyscallFilter.of(List.of("getppid", "mount")));
                third.unwatch(only(third));
            }
            try (SyscallCounter fourth = open()) {
                assertThat(fourth.targets()).isEmpty();
                caller.call(1);
                assertThat(fourth.snapshot().total(fourth.watchCgroup(cgroup.path(), GETPPID)))
                        .isZero();
            }
        }
    }

    @Test
    void aTargetWhoseCgroupWasMadeAnewWhileNobodyWasThereGoesOn() throws Exception {
        Path pod = cgroup.child("pod");
        try (Caller caller = Caller.start()) {
            Files.writeString(pod.resolve("cgroup.procs"), Integer.toString(caller.pid()));
            try (SyscallCounter first = open()) {
                first.watchCgroup(pod, GETPPID);
                caller.call(100);
            }
            cgroup.add(caller.pid());
            Files.delete(pod);
            Files.createDirectory(pod);
            Files.writeString(pod.resolve("cgroup.procs"), Integer.toString(caller.pid()));
            TargetId target;
            try (SyscallCounter second = open()) {
                target = second.targets().keySet().iterator().next();
                assertThat(second.isOver(target)).isTrue();
                second.moveTo(target, pod);
            }
            caller.call(10);
            try (SyscallCounter third = open()) {
                assertThat(third.find(pod)).contains(target);
                caller.call(1);
                assertThat(third.snapshot().total(target)).isEqualTo(111);
            }
        }
    }

    @Test
    void aFollowedProcessIsAdoptedToo() throws Exception {
        try (Caller caller = Caller.start()) {
            try (SyscallCounter first = open()) {
                first.watchProcess(caller.pid(), GETPPID);
            }
            caller.call(100);
            int child = caller.spawn();
            try (SyscallCounter second = open()) {
                TargetId target = second.targets().keySet().iterator().next();
                assertThat(what(second, target).pid()).contains(caller.pid());
                long before = second.snapshot().total(target);
                caller.callInChild(50);
                assertThat(second.snapshot().total(target) - before).isEqualTo(50);
                assertThat(second.processes(target).stream().map(ProcessCount::pid))
                        .contains(caller.pid(), child);
                assertThat(second.isOver(target)).isFalse();
            }
        }
    }

    @Test
    void loadersAreKilledOneAfterTheOtherAndNoCallIsLost() throws Exception {
        try (Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            HoldingProcess.start(CounterHolder.class, directory, cgroup.path()).close();
            for (int i = 0; i < 3; i++) {
                caller.begin(CALLS);
                HoldingProcess.start(CounterHolder.class, directory, cgroup.path())
                        .close();
                caller.finish();
            }
            try (SyscallCounter counter = open()) {
                assertThat(counter.adopted()).isTrue();
                assertThat(counter.snapshot().total(only(counter))).isEqualTo(3 * CALLS);
                assertThat(counter.processes(only(counter)))
                        .containsExactly(new ProcessCount(caller.pid(), 3 * CALLS, false));
                assertThat(Drops.of(counter)).isEqualTo(CounterDrops.NONE);
            }
        }
    }

    @Test
    void noCallIsLostToAThousandUpgrades() throws Exception {
        Files.createDirectory(directory);
        try (BpffsLock lock = BpffsLock.acquire(directory);
                SyscallCounter one = openToo(lock);
                SyscallCounter other = openToo(lock);
                Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            TargetId target = one.watchCgroup(cgroup.path(), GETPPID);
            caller.begin(CALLS);
            for (int upgrades = 0; upgrades < 1000; upgrades += 2) {
                other.reinstall();
                one.reinstall();
            }
            caller.finish();
            assertThat(one.snapshot().total(target)).isEqualTo(CALLS);
            assertThat(one.processes(target)).containsExactly(new ProcessCount(caller.pid(), CALLS, false));
        }
    }

    @Test
    void isRemovedWithAllThatIsItsAndNothingElse() throws Exception {
        Set<Integer> programs = programs();
        Set<Integer> links = links();
        open().close();
        assertThat(pins()).contains(stub(), stub().replace("stub", "link"), "exit_link", "layout", "slots");
        try (BpfMap other = BpfMap.create(MapSpec.of("someone", MapType.ARRAY, 4, 4, 1))) {
            other.pin(directory.resolve("someone"));
            SyscallCounter.remove(directory);
            assertThat(pins()).containsExactly("someone");
            Files.delete(directory.resolve("someone"));
            SyscallCounter.remove(directory);
            assertThat(directory).doesNotExist();
        }
        Waits.until(() -> programs.containsAll(programs()) && links.containsAll(links()));
    }

    private String stub() throws IOException {
        return pins().contains("enter_btf_stub") ? "enter_btf_stub" : "enter_stub";
    }

    /** Those of the counter's names: others come and go on this machine. */
    private static Set<Integer> programs() {
        return KernelObjects.programs().stream()
                .filter(program -> program.name().endsWith("_stub"))
                .map(ProgramInfo::id)
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static Set<Integer> links() {
        return KernelObjects.links().stream()
                .filter(link -> programs().contains(link.programId()))
                .map(LinkInfo::id)
                .collect(Collectors.toSet());
    }

    @Test
    void whatIsAnothersIsLeftAloneThoughItHasOurName() throws Exception {
        Files.createDirectory(directory);
        try (BpfMap other = BpfMap.create(MapSpec.of("someone", MapType.ARRAY, 4, 4, 1))) {
            other.pin(directory.resolve("settings"));
        }
        assertThatExceptionOfType(IncompatibleStateException.class)
                .isThrownBy(this::open)
                .withMessageContaining("'settings' is not a counter's");
        assertThatExceptionOfType(IncompatibleStateException.class).isThrownBy(() -> SyscallCounter.remove(directory));
        assertThat(pins()).containsExactly("settings");
    }

    @Test
    void aNewerVersionsStateIsLeftAsItIs() throws Exception {
        Files.createDirectory(directory);
        try (BpffsLock lock = BpffsLock.acquire(directory);
                SyscallCounter counter = openToo(lock);
                Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
            setLayout(CounterPins.VERSION + 1);
            Set<String> before = pins();
            Set<Integer> programs = programs();
            assertThatExceptionOfType(NewerStateException.class)
                    .isThrownBy(() -> openToo(lock))
                    .withMessageContaining("state from a newer version")
                    .satisfies(e -> assertThat(e.found()).isEqualTo(CounterPins.VERSION + 1));
            assertThat(pins()).isEqualTo(before);
            assertThat(programs()).isEqualTo(programs);
            caller.call(100);
            assertThat(counter.snapshot().total(target)).isEqualTo(100);
        }
    }

    @Test
    void aNewerVersionsStateIsNotRemovedInPart() throws Exception {
        open().close();
        try (BpfMap added = BpfMap.create(MapSpec.of("of_tomorrow", MapType.ARRAY, 4, 4, 1))) {
            added.pin(directory.resolve("of_tomorrow"));
        }
        setLayout(CounterPins.VERSION + 1);
        Set<String> before = pins();

        assertThatExceptionOfType(NewerStateException.class)
                .isThrownBy(() -> SyscallCounter.remove(directory))
                .withMessageContaining("remove the state with it");

        assertThat(pins()).isEqualTo(before);
        setLayout(CounterPins.VERSION);
    }

    private void setLayout(int version) {
        try (BpfMap layout = BpfMap.openPinned(directory.resolve("layout"))) {
            layout.typed(Codec.u32(), Codec.u32()).put(0, version);
        }
    }

    @Test
    void anIncompatibleStateIsLeftAsItIsAndSaysWhy() throws Exception {
        open().close();
        Files.delete(directory.resolve("recents"));
        Files.delete(directory.resolve("settings"));
        try (BpfMap other = BpfMap.create(MapSpec.of("settings", MapType.ARRAY, 4, 24, 1))) {
            other.pin(directory.resolve("settings"));
        }
        Set<String> before = pins();
        assertThatExceptionOfType(IncompatibleStateException.class)
                .isThrownBy(this::open)
                .satisfies(e -> assertThat(e.differences())
                        .containsExactlyInAnyOrder(
                                "map 'recents' is missing", "map 'settings': value size is 24, not 16"));
        assertThat(pins()).isEqualTo(before);
        // That one is not ours at all.
        assertThatExceptionOfType(IncompatibleStateException.class)
                .isThrownBy(() -> SyscallCounter.remove(directory))
                .satisfies(e -> assertThat(e.differences()).containsExactly("'settings' is not a counter's"));
        assertThat(pins()).isEqualTo(before);
        Files.delete(directory.resolve("settings"));
        SyscallCounter.remove(directory);
        assertThat(directory).doesNotExist();
    }

    @Test
    void oneAtATimeHasItOpen() throws Exception {
        try (HoldingProcess holder = HoldingProcess.start(CounterHolder.class, directory, cgroup.path())) {
            assertThatExceptionOfType(LockHeldException.class)
                    .isThrownBy(this::open)
                    .satisfies(e -> assertThat(e.holders()).containsExactly(holder.pid()));
            assertThatExceptionOfType(LockHeldException.class).isThrownBy(() -> SyscallCounter.remove(directory));
            assertThat(pins()).contains("layout");
        }
        try (SyscallCounter counter = open()) {
            assertThat(counter.adopted()).isTrue();
            assertThatExceptionOfType(LockHeldException.class).isThrownBy(this::open);
        }
        open().close();
    }

    @Test
    void isOpenedAndRemovedUnderALockThatIsHeldAlready() throws Exception {
        Path counters = Files.createDirectory(directory).resolve("counter");
        try (BpffsLock node = BpffsLock.acquire(directory)) {
            for (int i = 0; i < 2; i++) {
                try (SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL, counters, node)) {
                    assertThat(counter.adopted()).isEqualTo(i > 0);
                }
            }
            assertThat(BpffsLock.tryAcquire(directory)).isEmpty();
            Path elsewhere = directory.resolveSibling("jbpf-elsewhere");
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> SyscallCounter.remove(elsewhere, node));
            assertThat(elsewhere).doesNotExist();
            SyscallCounter.remove(counters, node);
            assertThat(counters).doesNotExist();
        } finally {
            SyscallCounter.remove(counters);
        }
    }

    @Test
    void whoWaitsBehindARemovalMakesTheCounterAnew() throws Exception {
        Files.createDirectory(directory);
        BpffsLock remover = BpffsLock.acquire(directory);
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            AtomicReference<Thread> waiter = new AtomicReference<>();
            Future<SyscallCounter> opened = other.submit(() -> {
                waiter.set(Thread.currentThread());
                return open();
            });
            Waits.until(() -> waiter.get() != null
                    && Stream.of(waiter.get().getStackTrace())
                            .anyMatch(frame -> frame.getClassName().equals(Thread.class.getName())
                                    && frame.getMethodName().startsWith("sleep")));
            Files.delete(directory);
            remover.close();
            try (SyscallCounter counter = opened.get(1, TimeUnit.MINUTES)) {
                assertThat(counter.adopted()).isFalse();
                assertThat(pins()).contains("layout");
            }
        } finally {
            remover.close();
            other.shutdownNow();
        }
    }

    /** Where the way of the first layout misses calls, another takes its place: {@link SysEnterHook#CLASSIC_TRACEPOINT}. */
    @Test
    void noCallIsTakenForAMissedOneWhenTheWayChanges(TestReporter reporter) throws Exception {
        try (Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            try (SyscallCounter first =
                    SyscallCounter.open(CounterSizes.SMALL, directory, SysEnterHook.BTF_TRACEPOINT)) {
                first.watchCgroup(cgroup.path(), GETPPID);
            } catch (BpfException e) {
                assertThat(e).hasMessageContaining("the verifier refuses program");
                KernelSupport.lacks(reporter, "tasks followed without helpers in tracepoint programs (Linux 5.11)");
                return;
            }
            AtomicBoolean enough = new AtomicBoolean();
            AtomicLong calls = new AtomicLong();
            Thread calling = new Thread(() -> {
                while (!enough.get()) {
                    caller.call(1000);
                    calls.addAndGet(1000);
                }
            });
            calling.start();
            try (SyscallCounter second =
                    SyscallCounter.open(CounterSizes.SMALL, directory, SysEnterHook.CLASSIC_TRACEPOINT)) {
                enough.set(true);
                calling.join();
                assertThat(second.way()).isEqualTo(SysEnterHook.CLASSIC_TRACEPOINT);
                long rescued = second.rescued();
                try (BpfProgram stub = BpfProgram.openPinned(directory.resolve("enter_tp_stub"))) {
                    // Others make calls, too, and some are missed by one and taken on by the other.
                    assertThat(rescued).isLessThanOrEqualTo(stub.currentInfo().recursionMisses());
                }
                // For a moment nobody counts; no call is counted twice.
                assertThat(second.snapshot().total(only(second))).isBetween(1L, calls.get());
            } finally {
                enough.set(true);
                calling.join();
            }
        }
    }

    /** What the version before left: without the maps that this one has added. */
    @Test
    void anOlderLayoutIsBroughtToThisOneWithItsCounts() throws Exception {
        try (Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            try (SyscallCounter first = open()) {
                first.watchCgroup(cgroup.path(), GETPPID);
                caller.call(1000);
            }
            Set<String> whole = pins();
            setLayout(1);
            for (String added :
                    List.of("enter_tp_slot", "switch_slot", "seen", "seen_before", "rescued", "unfollowed")) {
                Files.delete(directory.resolve(added));
            }
            for (String hook : List.of("enter_tp", "switch", "fork_again", "exit_again")) {
                Files.deleteIfExists(directory.resolve(hook + "_link"));
                Files.deleteIfExists(directory.resolve(hook + "_stub"));
            }
            try (SyscallCounter second = open()) {
                assertThat(second.adopted()).isTrue();
                caller.call(100);
                assertThat(second.snapshot().total(only(second))).isEqualTo(1100);
                assertThat(Drops.of(second)).isEqualTo(CounterDrops.NONE);
            }
            assertThat(pins()).isEqualTo(whole);
            try (BpfMap layout = BpfMap.openPinned(directory.resolve("layout"))) {
                assertThat(layout.typed(Codec.u32(), Codec.u32()).lookup(0)).contains(CounterPins.VERSION);
            }
        }
    }

    /** Of the same name, type and shape, so that only its owner's mark is missing. */
    @ParameterizedTest
    @ValueSource(strings = {"exit_stub", "exit_link", "settings", "slots", "layout"})
    void nothingOfSomeoneElsesIsAdoptedOrRemoved(String name) throws Exception {
        open().close();
        Files.delete(directory.resolve(name));
        Path pin = directory.resolve(name);
        Path elsewhere = directory.resolveSibling(directory.getFileName() + "-other");
        try {
            if (name.equals("exit_link")) {
                // That of another counter, which must go on.
                SyscallCounter.open(CounterSizes.SMALL, elsewhere).close();
                try (KernelLink link = KernelLink.openPinned(elsewhere.resolve(name))) {
                    link.pin(pin);
                }
            } else {
                pinSomeoneElses(name, pin);
            }
            Set<String> before = pins();
            assertThatExceptionOfType(IncompatibleStateException.class)
                    .isThrownBy(this::open)
                    .withMessageContaining("not a counter's");
            assertThatExceptionOfType(IncompatibleStateException.class)
                    .isThrownBy(() -> SyscallCounter.remove(directory))
                    .withMessageContaining("'" + name + "' is not a counter's");
            assertThat(pins()).isEqualTo(before);
        } finally {
            Files.deleteIfExists(pin);
            SyscallCounter.remove(directory);
            if (Files.exists(elsewhere)) {
                SyscallCounter.remove(elsewhere);
            }
        }
    }

    private static void pinSomeoneElses(String name, Path pin) {
        if (name.equals("exit_stub")) {
            try (Fd loaded = TestPrograms.schedCls("exit_stub", 0);
                    BpfProgram program = TestPrograms.owned(loaded)) {
                program.pin(pin);
            }
            return;
        }
        MapType type = name.equals("slots") ? MapType.PROG_ARRAY : MapType.ARRAY;
        int valueSize = name.equals("settings") ? 16 : Integer.BYTES;
        try (BpfMap map =
                BpfMap.create(MapSpec.of(name, type, Integer.BYTES, valueSize, name.equals("slots") ? 5 : 1))) {
            if (name.equals("layout")) {
                map.typed(Codec.u32(), Codec.u32()).put(0, CounterPins.VERSION);
            }
            map.pin(pin);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"layout and links", "all but two", "links", "one link and its stub"})
    void aDirectoryLeftHalfMadeIsFinishedOrMadeAnew(String missing) throws Exception {
        open().close();
        String enter = stub();
        for (String pin : pins()) {
            boolean gone =
                    switch (missing) {
                        case "layout and links" -> pin.equals("layout") || pin.endsWith("_link");
                        case "all but two" -> !pin.equals("targets") && !pin.equals("slots");
                        case "links" -> pin.endsWith("_link");
                        default -> pin.equals(enter) || pin.equals(enter.replace("stub", "link"));
                    };
            if (gone) {
                Files.delete(directory.resolve(pin));
            }
        }
        try (SyscallCounter counter = open();
                Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
            caller.call(100);
            assertThat(counter.snapshot().total(target)).isEqualTo(100);
        }
        for (String pin : pins()) {
            if (pin.endsWith("_link")) {
                KernelLink.openPinned(directory.resolve(pin)).close();
            }
        }
    }

    @Test
    void aDirectoryOutsideABpffsIsRefused() {
        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(() -> SyscallCounter.open(CounterSizes.SMALL, Path.of("/tmp/jbpf-none")))
                .withMessageContaining("is not in a bpffs");
    }
}
