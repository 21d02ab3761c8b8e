package io.jbpf.probe;

import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.error.BpfException;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.object.MapType;
import io.jbpf.object.ProgramType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntUnaryOperator;

/** Makes a map of one entry, or as small as its type allows. */
final class MapTrial {
    private static final int PAGE = 4096;
    private static final int NO_PREALLOC = 1;
    private static final int MMAPABLE = 1 << 10;

    /** A struct that has been among the kernel's interfaces since there are any (Linux 5.6), where it has TCP. */
    private static final String KERNEL_INTERFACE = "bpf_struct_ops_tcp_congestion_ops";

    private MapTrial() {}

    /** What a map is made with, beside its type. */
    private record Shape(int key, int value, int entries, int flags) {}

    private static Shape shape(MapType type) {
        return switch (type) {
            case STACK_TRACE, REUSEPORT_SOCKARRAY -> new Shape(4, 8, 1, 0);
            case LPM_TRIE -> new Shape(8, 8, 1, NO_PREALLOC);
            case CGROUP_STORAGE, PERCPU_CGROUP_STORAGE -> new Shape(16, 8, 0, 0);
            case QUEUE, STACK, BLOOM_FILTER -> new Shape(0, 4, 1, 0);
            // A multiple of any page size there is.
            case RINGBUF, USER_RINGBUF -> new Shape(0, 0, PAGE * 16, 0);
            case ARENA -> new Shape(0, 0, 1, MMAPABLE);
            case INSN_ARRAY -> new Shape(4, 16, 1, 0);
            case SK_STORAGE, INODE_STORAGE, TASK_STORAGE, CGRP_STORAGE -> new Shape(4, 4, 0, NO_PREALLOC);
            default -> new Shape(4, 4, 1, 0);
        };
    }

    static Support of(MapType type, int flags) {
        Shape shape = shape(type);
        int all = shape.flags | flags;
        return switch (type) {
            case UNSPEC -> Support.no("it is no type");
            case SK_STORAGE, INODE_STORAGE, TASK_STORAGE, CGRP_STORAGE -> storage(type, shape, all);
            case ARRAY_OF_MAPS, HASH_OF_MAPS -> ofMaps(type, shape, all);
            case STRUCT_OPS -> structOps(all);
            default -> Trial.of(Trial.map(type.number(), shape.key, shape.value, shape.entries, all));
        };
    }

    /** Storage belongs to somebody by a descriptor, an int, and the kernel wants to see that in its type. */
    private static Support storage(MapType type, Shape shape, int flags) {
        return withTypes(btf -> Bpf.host()
                .mapCreate(new Bpf.MapDefinition(
                        "", type.number(), shape.key, shape.value, shape.entries, flags, 0, 0, btf, 1, 2, 0)));
    }

    private static Support ofMaps(MapType type, Shape shape, int flags) {
        int inner = Trial.map(MapType.ARRAY.number(), Integer.BYTES, Integer.BYTES, 1, 0);
        if (inner < 0) {
            return Trial.of(inner);
        }
        try {
            return Trial.of(Bpf.host()
                    .mapCreate(new Bpf.MapDefinition(
                            "", type.number(), shape.key, shape.value, shape.entries, flags, inner, 0, 0, 0, 0, 0)));
        } finally {
            Trial.close(inner);
        }
    }

    private static Support structOps(int flags) {
        OptionalInt id;
        int size;
        try {
            id = KernelBtf.get().find(KERNEL_INTERFACE, BtfKind.STRUCT);
            if (id.isEmpty()) {
                return Support.unknown("no " + KERNEL_INTERFACE + " among the kernel's types to try it with");
            }
            size = Math.toIntExact(KernelBtf.get().sizeOf(id.getAsInt()));
        } catch (BpfException e) {
            return Support.unknown("the kernel's types cannot be read: " + e.getMessage());
        }
        // Linux 5.10 reads its own types when a first program is loaded, and knows none before.
        Trial.close(Trial.load(ProgramType.SOCKET_FILTER, 0, "", Trial.RETURN_ZERO));
        return withTypes(btf -> Bpf.host()
                .mapCreate(new Bpf.MapDefinition(
                        "",
                        MapType.STRUCT_OPS.number(),
                        Integer.BYTES,
                        size,
                        1,
                        flags,
                        0,
                        0,
                        btf,
                        0,
                        0,
                        0,
                        id.getAsInt(),
                        0)));
    }

    /** Types of one's own: an int (1) and a struct with one (2). The kernel wants some wherever types matter. */
    private static Support withTypes(IntUnaryOperator create) {
        BtfBuilder types = BtfBuilder.create(ByteOrder.nativeOrder());
        int integer = types.add(BtfBuilder.signed("int", Integer.BYTES));
        types.add(new BtfType.Struct(
                "value", Integer.BYTES, false, List.of(new BtfType.Member("number", integer, 0, 0))));
        int btf = Bpf.host().btfLoad(NativeMemory.copyOf(types.encode()), NativeMemory.allocate(0), 0);
        if (btf < 0) {
            return Trial.of(btf);
        }
        try {
            return Trial.of(create.applyAsInt(btf));
        } finally {
            Trial.close(btf);
        }
    }
}
