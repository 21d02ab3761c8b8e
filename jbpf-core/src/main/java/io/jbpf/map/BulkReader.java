package io.jbpf.map;

import io.jbpf.error.BpfException;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Reads a hash table again and again as fast as there is a way to: a program of its own goes through the map in the kernel
 * (Linux 5.14; faster still from 6.17 on) and copies it into memory shared with this process, several times faster than
 * batches. For one thread.
 *
 * <p><b>What it promises is less than {@link BpfMap#entries} does.</b> The kernel takes no locks here. Elements that stay
 * are there, each once, while others are only added or changed in place, as counters are. While elements are deleted, or
 * replaced by {@code bpf_map_update_elem}, one that stays may be missing or be there twice: a table that deletes reuses an
 * element's memory at once, and the walk may be led into another bucket. A value may be half of one update and half of
 * the next. Use it for tables that grow and count.
 *
 * <p>Where the kernel does not take the program, or the map is not for it (per-CPU maps, of whose values the program sees
 * one CPU's; values with locks or timers; elements larger than {@value #LARGEST_ELEMENT} bytes; more than 512 MiB of them),
 * it reads as {@link BpfMap#entries} does: see {@link #isInKernel}. The memory, room for as many elements as the map may
 * have, is charged to this process's memory cgroup until {@link #close}.
 */
public final class BulkReader implements AutoCloseable {
    private static final int MMAPABLE = 1 << 10;

    /** What an element's key and value may take together, in bytes: the program has two instructions for each eight. */
    static final int LARGEST_ELEMENT = 2048;

    /** {@code BPF_MAX_VAR_OFF} of linux/bpf_verifier.h. */
    private static final long LARGEST_ARRAY = 1 << 29;

    private static final Bpf.TestRun NO_CONTEXT = Bpf.TestRun.once(NativeMemory.allocate(0));

    private record InKernel(BpfMap array, ByteBuffer memory, DrainProgram.Drain drain) {}

    private final BpfMap map;
    private final Optional<InKernel> inKernel;

    private BulkReader(BpfMap map) {
        this.map = map;
        this.inKernel = suits(map) ? prepare(map) : Optional.empty();
    }

    /** {@return a reader of a map, to be closed before or after the map} */
    public static BulkReader of(BpfMap map) {
        return new BulkReader(map);
    }

    private static boolean suits(BpfMap map) {
        MapType type = map.type().orElse(MapType.UNSPEC);
        MapInfo info = map.info();
        return (type == MapType.HASH || type == MapType.LRU_HASH)
                && info.keySize() + (long) info.valueSize() <= LARGEST_ELEMENT
                && bytes(info) < LARGEST_ARRAY;
    }

    private static long bytes(MapInfo info) {
        return DrainProgram.FIRST + Integer.toUnsignedLong(info.maxEntries()) * DrainProgram.stride(info);
    }

    private static Optional<InKernel> prepare(BpfMap map) {
        MapInfo info = map.info();
        Bpf bpf = Bpf.with(map.fd().calls());
        @SuppressWarnings("resource") // the reader's from here on
        BpfMap array;
        try {
            array = BpfMap.create(MapSpec.of("jbpf_drain", MapType.ARRAY, Integer.BYTES, (int) bytes(info), 1)
                    .withFlags(MMAPABLE));
        } catch (BpfException e) {
            // No memory, or no such flag: the reader reads without.
            return Optional.empty();
        }
        try {
            Optional<DrainProgram.Drain> drain = Descriptors.with(
                    map, from -> Descriptors.with(array, to -> DrainProgram.load(bpf, info, from, to)));
            if (drain.isPresent()) {
                return Optional.of(new InKernel(array, array.memory(true), drain.get()));
            }
        } catch (RuntimeException e) {
            array.close();
            throw e;
        }
        array.close();
        return Optional.empty();
    }

    /** {@return whether a program in the kernel does the reading} */
    public boolean isInKernel() {
        return inKernel.isPresent();
    }

    /**
     * Reads the map.
     *
     * @return what is in it, until the next call; {@link EntryCursor#isExact} tells which promise holds
     * @throws IllegalStateException if this is closed
     */
    public EntryCursor read() {
        if (inKernel.isEmpty()) {
            return map.entries();
        }
        InKernel copy = inKernel.get();
        int answer = Bpf.with(map.fd().calls())
                .programTestRun(copy.drain.program(), NO_CONTEXT)
                .returned();
        long count = copy.memory.getLong(0);
        // The helper counts the element it was stopped at, too: there were more than there is room for.
        boolean whole = copy.drain.walksBuckets() ? answer == BucketWalkProgram.WHOLE : answer == count;
        return whole ? new EntryCursor(map, new Copied(map, copy.memory, (int) count)) : map.entries();
    }

    @Override
    public void close() {
        inKernel.ifPresent(copy -> {
            copy.drain.program().close();
            copy.array.close();
        });
    }

    /** {@return whether the program goes through the buckets by itself, for tests} */
    boolean walksBuckets() {
        return inKernel.filter(copy -> copy.drain.walksBuckets()).isPresent();
    }

    /** Elements that lie one after the other, key and value side by side. */
    static final class Copied implements EntryCursor.Source {
        private final ByteBuffer memory;
        private final ByteBuffer values;
        private final int stride;
        private final int valueAt;
        private int left;

        Copied(BpfMap map, ByteBuffer memory, int count) {
            this.memory = memory;
            // With positions of its own: somebody may hold a key and its value.
            this.values = memory.duplicate().order(memory.order());
            this.stride = DrainProgram.stride(map.info());
            this.valueAt = DrainProgram.FIRST + DrainProgram.aligned(map.info().keySize());
            this.left = count;
        }

        @Override
        public int fetch() {
            int all = left;
            left = 0;
            return all;
        }

        @Override
        public ByteBuffer keys() {
            return memory;
        }

        @Override
        public int firstKey() {
            return DrainProgram.FIRST;
        }

        @Override
        public int keyStride() {
            return stride;
        }

        @Override
        public ByteBuffer values() {
            return values;
        }

        @Override
        public int firstValue() {
            return valueAt;
        }

        @Override
        public int valueStride() {
            return stride;
        }

        @Override
        public boolean isExact() {
            return false;
        }
    }
}
