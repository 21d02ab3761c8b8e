package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.EpollEvent;
import io.jbpf.sys.ScriptedKernel;
import io.jbpf.testkit.Waits;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EpollTest {
    private static final int EINTR = 4;
    private static final int EBADF = 9;
    private static final int EMFILE = 24;

    private final ScriptedKernel kernel = new ScriptedKernel();

    private Epoll open() {
        return Epoll.open(kernel.calls(), "events of map 'x'");
    }

    @Test
    void theStructIsPackedOnX86Alone() {
        boolean x86 = System.getProperty("os.arch").equals("amd64");
        assertThat(EpollEvent.LAYOUT.size()).isEqualTo(x86 ? 12 : 16);
    }

    @Test
    void aSignalDoesNotEndTheWaitNorProlongIt() {
        kernel.on("epollWait", arguments -> {
            long begin = System.nanoTime();
            Waits.until(() -> System.nanoTime() - begin > 40_000_000);
            return -EINTR;
        });
        kernel.on("epollWait", -EINTR).on("epollWait", 1);
        assertThat(open().await(Deadline.after(Duration.ofSeconds(10)))).isTrue();
        assertThat(kernel.lastArguments("epollWait")).hasSize(3).satisfies(millis -> {
            assertThat((int) millis.get(0)).isLessThanOrEqualTo(10_000);
            assertThat((int) millis.get(1)).isBetween(1, 9_961);
            assertThat((int) millis.get(2)).isBetween(1, 9_961);
        });
    }

    @Test
    void aWaitThatEndsBeforeItsDeadlineIsGoneOnWith() {
        kernel.on("epollWait", 0).on("epollWait", 0).on("epollWait", 1);
        assertThat(open().await(Deadline.after(Duration.ofSeconds(10)))).isTrue();
    }

    @Test
    void aDeadlineThatIsPastIsNoWait() {
        assertThat(open().await(Deadline.after(Duration.ofNanos(-5)))).isFalse();
        assertThat(kernel.lastArguments("epollWait")).containsExactly(0);
    }

    @Test
    void aWaitIsRoundedUpToMilliseconds() {
        kernel.on("epollWait", 1);
        assertThat(open().await(Deadline.after(Duration.ofDays(400)))).isTrue();
        assertThat(kernel.lastArguments("epollWait")).containsExactly(Integer.MAX_VALUE);
        assertThat(Deadline.after(Duration.ofNanos(Long.MAX_VALUE)).remainingMillis())
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(Deadline.after(Duration.ofSeconds(Long.MIN_VALUE)).isPast()).isTrue();
        assertThat(Deadline.after(Duration.ofHours(1)).orIn(1_000_000_000).remainingMillis())
                .isLessThanOrEqualTo(1000);
    }

    @Test
    void aRefusedWaitIsNamed() {
        kernel.on("epollWait", -EBADF);
        assertThatThrownBy(() -> open().await(Deadline.after(Duration.ofSeconds(10))))
                .isInstanceOfSatisfying(SystemCallException.class, e -> {
                    assertThat(e.call()).isEqualTo("epoll_wait");
                    assertThat(e.errno()).isEqualTo(Errno.EBADF);
                });
    }

    @Test
    void withoutDescriptorsLeftNothingStaysOpen() {
        kernel.on("epollCreate", -EMFILE);
        assertThatThrownBy(this::open)
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("cannot wait for events of map 'x': epoll_create1: EMFILE")
                .hasMessageContaining("ulimit -n");
        kernel.on("eventfd", -EMFILE);
        assertThatThrownBy(this::open).hasMessageContaining("eventfd: EMFILE");
        kernel.on("epollControl", -EMFILE);
        assertThatThrownBy(this::open).hasMessageContaining("epoll_ctl: EMFILE");
        assertThat(kernel.open()).isEmpty();
    }

    @Test
    void aCloseDuringTheWaitLeavesItsDescriptorsUntilItEnds() {
        Epoll epoll = open();
        kernel.on("epollWait", arguments -> {
            epoll.close();
            assertThat(kernel.open()).as("or the call would be lost").hasSize(2);
            return 1;
        });
        assertThat(epoll.await(Deadline.after(Duration.ofSeconds(10)))).isTrue();
        assertThat(kernel.open()).isEmpty();
    }

    @Test
    void aCallAfterTheCloseIsNone() {
        Epoll epoll = open();
        epoll.close();
        epoll.wakeUp();
        assertThat(kernel.said()).noneMatch(line -> line.startsWith("write "));
        assertThat(kernel.open()).isEmpty();
        assertThatThrownBy(() -> epoll.await(Deadline.after(Duration.ofSeconds(1))))
                .isInstanceOf(IllegalStateException.class);
    }
}
