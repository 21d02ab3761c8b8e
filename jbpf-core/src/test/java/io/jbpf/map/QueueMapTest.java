package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.testkit.KernelTest;
import org.junit.jupiter.api.Test;

@KernelTest
class QueueMapTest {
    private static MapSpec spec(MapType type) {
        return MapSpec.of("jbpf_queue", type, 0, 8, 3);
    }

    @Test
    void aQueueGivesTheOldestFirst() {
        try (BpfMap map = BpfMap.create(spec(MapType.QUEUE))) {
            QueueMap<Long> queue = map.queue(Codec.u64());
            assertThat(queue.pop()).isEmpty();
            assertThat(queue.peek()).isEmpty();
            assertThat(queue.push(1L)).isTrue();
            assertThat(queue.push(2L)).isTrue();
            assertThat(queue.push(3L)).isTrue();
            assertThat(queue.push(4L)).as("full").isFalse();
            assertThat(queue.peek()).contains(1L);
            queue.pushDroppingOldest(5L);
            assertThat(queue.pop()).contains(2L);
            assertThat(queue.pop()).contains(3L);
            assertThat(queue.pop()).contains(5L);
            assertThat(queue.pop()).isEmpty();
        }
    }

    @Test
    void aStackGivesTheNewestFirst() {
        try (BpfMap map = BpfMap.create(spec(MapType.STACK))) {
            QueueMap<Long> stack = map.queue(Codec.u64());
            stack.push(1L);
            stack.push(2L);
            assertThat(stack.peek()).contains(2L);
            assertThat(stack.pop()).contains(2L);
            assertThat(stack.pop()).contains(1L);
            assertThat(stack.pop()).isEmpty();
        }
    }

    @Test
    void anotherMapOrSizeIsRefused() {
        try (BpfMap hash = BpfMap.create(MapSpec.of("jbpf_hash", MapType.HASH, 4, 8, 1));
                BpfMap queue = BpfMap.create(spec(MapType.QUEUE))) {
            assertThatThrownBy(() -> hash.queue(Codec.u64()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("map 'jbpf_hash' is no queue or stack but of type BPF_MAP_TYPE_HASH");
            assertThatThrownBy(() -> queue.queue(Codec.u32()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a value of map 'jbpf_queue' has 8 bytes, the codec 4");
        }
    }
}
