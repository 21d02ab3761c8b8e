package io.jbpf.map;

import io.jbpf.object.MapType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.SystemCalls;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which batch commands this kernel has for which map types: asked once with a count of 0, which does nothing where it
 * could do something (kernel/bpf/syscall.c: {@code generic_map_lookup_batch}, hashtab.c:
 * {@code __htab_map_lookup_and_delete_batch}).
 */
final class BatchSupport {
    private record Question(SystemCalls kernel, int mapType, Bpf.Batch batch) {}

    private static final Map<Question, Boolean> ANSWERS = new ConcurrentHashMap<>();

    private BatchSupport() {}

    /**
     * Whether reading in batches keeps what {@link EntryCursor} promises. In hash tables a batch is whole buckets under
     * their locks, in arrays no key ever goes. In other types the kernel goes from key to key itself, and begins again
     * when one is gone.
     */
    static boolean canRead(BpfMap map) {
        return isSteady(map) && has(map, Bpf.Batch.LOOKUP);
    }

    /** Whether elements can be taken out in batches. */
    static boolean canTake(BpfMap map) {
        return isSteady(map) && has(map, Bpf.Batch.TAKE);
    }

    private static boolean isSteady(BpfMap map) {
        MapType type = map.type().orElse(MapType.UNSPEC);
        return switch (type) {
            case HASH, LRU_HASH, PERCPU_HASH, LRU_PERCPU_HASH, ARRAY, PERCPU_ARRAY -> true;
            default -> false;
        };
    }

    /** Whether the kernel has the command for maps like this one. */
    static boolean has(BpfMap map, Bpf.Batch batch) {
        Question question = new Question(map.fd().calls(), map.info().typeNumber(), batch);
        Boolean known = ANSWERS.get(question);
        if (known != null) {
            return known;
        }
        int result = map.batch(batch, 0, true, 0, 0, 0).result();
        boolean answer = result == 0;
        // EPERM is a frozen or read-only map: no answer of the kernel's to the question, and the operation will be
        // refused.
        if (answer || BpfMap.isMissing(result)) {
            ANSWERS.put(question, answer);
        }
        return answer;
    }
}
