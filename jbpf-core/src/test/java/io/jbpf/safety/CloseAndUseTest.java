package io.jbpf.safety;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.map.BpfMap;
import io.jbpf.map.UpdateMode;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.safety.OwnedThing.Usable;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who uses what another thread closes gets a result or is told that it is closed: it never crashes, and never reaches what
 * has got the number of the closed descriptor. That would be one of the canaries, maps of another size that come and go all
 * the time.
 */
@KernelTest
@Tag(KernelSupport.SCALE)
class CloseAndUseTest {
    private static final long RACE_NANOS = TimeUnit.MILLISECONDS.toNanos(Long.getLong("jbpf.race.millis", 300));
    private static final long LONGEST_NANOS = RACE_NANOS + TimeUnit.SECONDS.toNanos(30);
    private static final int USERS = 3;
    private static final int CANARY_BYTES = 120;
    private static final byte PATTERN = 0x5a;

    /** What all threads use at the time, and what they have seen. */
    private static final class Shared {
        private final long start = System.nanoTime();
        private final AtomicLong closes = new AtomicLong();
        private final AtomicLong usesThatMetAClose = new AtomicLong();
        private final AtomicLong canaries = new AtomicLong();
        private Usable current;

        Shared(Usable first) {
            this.current = first;
        }

        /** A busy machine may take longer until anything has met; at some time the race is over nevertheless. */
        boolean racing() {
            long raced = System.nanoTime() - start;
            return raced < RACE_NANOS
                    || (raced < LONGEST_NANOS
                            && (closes.get() == 0 || usesThatMetAClose.get() == 0 || canaries.get() == 0));
        }

        synchronized Usable get() {
            return current;
        }

        synchronized Usable replace(Usable next) {
            Usable before = current;
            current = next;
            return before;
        }
    }

    static List<OwnedThing> things() {
        return OwnedThing.all();
    }

    @ParameterizedTest
    @MethodSource("things")
    void closedTwiceItIsClosedForEveryThread(OwnedThing thing) throws Exception {
        Usable usable = thing.open().call();
        try (usable) {
            usable.use();
        }
        usable.close();
        assertThatThrownBy(usable::use)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
        CompletableFuture<Throwable> elsewhere =
                CompletableFuture.supplyAsync(() -> org.assertj.core.api.Assertions.catchThrowable(usable::use));
        assertThat(elsewhere.get(20, TimeUnit.SECONDS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    @ParameterizedTest
    @MethodSource("things")
    void usesRaceWithCloses(OwnedThing thing) throws Exception {
        Shared shared = new Shared(thing.open().call());
        ExecutorService threads = Executors.newFixedThreadPool(USERS + 2);
        try {
            List<Future<?>> racers = new ArrayList<>();
            for (int i = 0; i < USERS; i++) {
                racers.add(threads.submit(() -> use(shared)));
            }
            racers.add(threads.submit(() -> closeAndReplace(thing, shared)));
            racers.add(threads.submit(() -> canaries(shared)));
            for (Future<?> racer : racers) {
                racer.get(1, TimeUnit.MINUTES);
            }
            assertThat(shared.closes).hasPositiveValue();
            assertThat(shared.canaries).hasPositiveValue();
            assertThat(shared.usesThatMetAClose).hasPositiveValue();
        } finally {
            threads.shutdownNow();
            assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
            shared.get().close();
        }
    }

    /** Uses what there is until it is closed, then the next. */
    private static @Nullable Void use(Shared shared) throws Exception {
        while (shared.racing()) {
            Usable one = shared.get();
            try {
                while (shared.racing()) {
                    one.use();
                }
            } catch (IllegalStateException e) {
                if (!String.valueOf(e.getMessage()).contains("is being read already")) {
                    assertThat(e).hasMessageContaining("closed");
                    shared.usesThatMetAClose.incrementAndGet();
                }
            }
        }
        return null;
    }

    private static @Nullable Void closeAndReplace(OwnedThing thing, Shared shared) throws Exception {
        while (shared.racing()) {
            Usable next = thing.open().call();
            Usable old = shared.replace(next);
            old.close();
            old.close();
            shared.closes.incrementAndGet();
        }
        return null;
    }

    /** Maps that get the numbers that others have given back; none of them must ever change. */
    private static void canaries(Shared shared) {
        Callable<BpfMap> make = () -> {
            BpfMap canary = BpfMap.create(MapSpec.of("canary", MapType.HASH, 4, CANARY_BYTES, 8));
            canary.update(ByteBuffer.allocate(4), pattern(), UpdateMode.ANY);
            return canary;
        };
        while (shared.racing()) {
            List<BpfMap> some = new ArrayList<>();
            try {
                for (int i = 0; i < 8; i++) {
                    some.add(make.call());
                }
                for (BpfMap canary : some) {
                    ByteBuffer value = ByteBuffer.allocate(CANARY_BYTES);
                    assertThat(canary.lookup(ByteBuffer.allocate(4), value)).isTrue();
                    assertThat(value.array()).isEqualTo(pattern().array());
                    assertThat(canary.count()).isOne();
                    shared.canaries.incrementAndGet();
                }
            } catch (Exception e) {
                throw new AssertionError("a canary died", e);
            } finally {
                some.forEach(BpfMap::close);
            }
        }
    }

    private static ByteBuffer pattern() {
        byte[] bytes = new byte[CANARY_BYTES];
        Arrays.fill(bytes, PATTERN);
        return ByteBuffer.wrap(bytes);
    }
}
