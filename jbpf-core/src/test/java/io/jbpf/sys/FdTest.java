package io.jbpf.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class FdTest {
    private final List<Integer> closed = new CopyOnWriteArrayList<>();
    private final Fd fd = Fd.own(closesInto(closed), 42, "map 'x'");

    @Test
    void closingTwiceClosesOnce() {
        fd.close();
        fd.close();
        assertThat(closed).containsExactly(42);
    }

    @Test
    void useAfterCloseNamesTheThing() {
        fd.close();
        assertThatThrownBy(fd::acquire)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("map 'x' is closed");
        assertThat(closed).containsExactly(42);
    }

    @Test
    void aCloseDuringACallWaitsForTheCall() {
        assertThat(fd.acquire()).isEqualTo(42);
        fd.close();
        assertThat(closed).isEmpty();
        assertThat(fd.isClosed()).isTrue();
        fd.release();
        assertThat(closed).containsExactly(42);
    }

    @Test
    void manyThreadsThatUseAndCloseItCloseItOnceAndNeverDuringAUse() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 300; round++) {
                closed.clear();
                Fd shared = Fd.own(closesInto(closed), round, "map");
                List<Future<?>> work = List.of(
                        threads.submit(() -> useUntilClosed(shared)),
                        threads.submit(() -> useUntilClosed(shared)),
                        threads.submit(shared::close),
                        threads.submit(shared::close));
                for (Future<?> each : work) {
                    each.get();
                }
                assertThat(closed).containsExactly(round);
            }
        } finally {
            threads.shutdown();
        }
    }

    private void useUntilClosed(Fd shared) {
        while (!shared.isClosed()) {
            int number;
            try {
                number = shared.acquire();
            } catch (IllegalStateException closedMeanwhile) {
                return;
            }
            boolean closedInUse = closed.contains(number);
            shared.release();
            assertThat(closedInUse).isFalse();
        }
    }

    private static SystemCalls closesInto(List<Integer> closed) {
        return (SystemCalls) Proxy.newProxyInstance(
                SystemCalls.class.getClassLoader(), new Class<?>[] {SystemCalls.class}, (proxy, method, args) -> {
                    if (!method.getName().equals("close")) {
                        throw new AssertionError(method);
                    }
                    closed.add((Integer) args[0]);
                    return 0;
                });
    }
}
