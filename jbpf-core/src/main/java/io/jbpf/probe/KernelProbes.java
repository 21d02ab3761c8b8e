package io.jbpf.probe;

import io.jbpf.object.AttachType;
import io.jbpf.object.MapType;
import io.jbpf.object.ProgramType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds out what the running kernel can do, and remembers it for the life of the process. What could not be told, for
 * want of privileges, is tried again the next time. Safe for use by many threads.
 */
public final class KernelProbes {
    private static final Map<Object, Support> KNOWN = new ConcurrentHashMap<>();
    private static final int PAGE = 4096;
    private static final int NO_PREALLOC = 1;
    private static final int SLEEPABLE = 1 << 4;
    private static final int MMAPABLE = 1 << 10;

    private KernelProbes() {}

    private record Helper(ProgramType type, int number) {}

    /** {@return whether the kernel has a feature} */
    public static Support feature(Feature feature) {
        Support before = KNOWN.get(feature);
        return before != null ? before : known(feature, feature.tryOut());
    }

    /** {@return whether the kernel makes links of a kind} */
    public static Support link(LinkFeature kind) {
        Support before = KNOWN.get(kind);
        return before != null ? before : known(kind, kind.tryOut());
    }

    /**
     * Whether programs of a type can be loaded.
     *
     * @param type the type
     * @return the answer; {@link Support.Verdict#UNKNOWN} for types that load only for a target that the kernel has
     */
    public static Support programType(ProgramType type) {
        Support before = KNOWN.get(type);
        return before != null ? before : known(type, tryProgram(type));
    }

    /**
     * Whether maps of a type can be made.
     *
     * @param type the type
     * @return the answer
     */
    public static Support mapType(MapType type) {
        Support before = KNOWN.get(type);
        return before != null ? before : known(type, tryMap(type));
    }

    /**
     * Whether programs of a type may call a helper.
     *
     * @param type the program type
     * @param helper the helper's number, {@code BPF_FUNC_…} of linux/bpf.h
     * @return the answer
     */
    public static Support helper(ProgramType type, int helper) {
        Helper key = new Helper(type, helper);
        Support before = KNOWN.get(key);
        return before != null ? before : known(key, Trial.helper(type, helper));
    }

    private static Support known(Object key, Support found) {
        if (found.verdict() != Support.Verdict.UNKNOWN) {
            KNOWN.put(key, found);
        }
        return found;
    }

    private static Support tryProgram(ProgramType type) {
        AttachType attach =
                switch (type) {
                    case CGROUP_SOCK_ADDR -> AttachType.CGROUP_INET4_CONNECT;
                    case CGROUP_SOCKOPT -> AttachType.CGROUP_GETSOCKOPT;
                    case SK_LOOKUP -> AttachType.SK_LOOKUP;
                    case NETFILTER -> AttachType.NETFILTER;
                    default -> AttachType.CGROUP_INET_INGRESS;
                };
        return switch (type) {
            case UNSPEC -> Support.no("it is no type");
            case TRACING, LSM, EXT, STRUCT_OPS -> Support.unknown("such programs load only for a target");
            default ->
                Trial.of(Trial.load(
                        type,
                        attach.number(),
                        type == ProgramType.SYSCALL ? SLEEPABLE : 0,
                        "",
                        type == ProgramType.NETFILTER ? Trial.RETURN_ONE : Trial.RETURN_ZERO));
        };
    }

    private static Support tryMap(MapType type) {
        int key = 4;
        int value = 4;
        int entries = 1;
        int flags = 0;
        switch (type) {
            case UNSPEC -> {
                return Support.no("it is no type");
            }
            case STACK_TRACE -> value = 8;
            case LPM_TRIE -> {
                key = 8;
                value = 8;
                flags = NO_PREALLOC;
            }
            case CGROUP_STORAGE, PERCPU_CGROUP_STORAGE -> {
                key = 16;
                value = 8;
                entries = 0;
            }
            case QUEUE, STACK, BLOOM_FILTER -> key = 0;
            case RINGBUF, USER_RINGBUF -> {
                key = 0;
                value = 0;
                entries = PAGE * 16; // a multiple of any page size there is
            }
            case ARENA -> {
                key = 0;
                value = 0;
                flags = MMAPABLE;
            }
            case REUSEPORT_SOCKARRAY -> value = 8;
            case INSN_ARRAY -> value = 16;
            case SK_STORAGE, INODE_STORAGE, TASK_STORAGE, CGRP_STORAGE, STRUCT_OPS, ARRAY_OF_MAPS, HASH_OF_MAPS -> {
                return Support.unknown("such maps need types or another map, and are not tried");
            }
            default -> {
                // One entry of four and four bytes suits the others.
            }
        }
        return Trial.of(Trial.map(type.number(), key, value, entries, flags));
    }
}
