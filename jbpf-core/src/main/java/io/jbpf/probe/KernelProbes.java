package io.jbpf.probe;

import io.jbpf.object.AttachType;
import io.jbpf.object.MapType;
import io.jbpf.object.ProgramType;
import io.jbpf.sys.SystemCalls;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Finds out what the running kernel can do, and remembers it for the life of the process. What could not be told, for
 * want of privileges, is tried again the next time. Safe for use by many threads.
 */
public final class KernelProbes {
    private static final Map<Asked, Support> KNOWN = new ConcurrentHashMap<>();
    private static final int SLEEPABLE = 1 << 4;

    private KernelProbes() {}

    private record Helper(ProgramType type, int number) {}

    private record MapFlags(MapType type, int flags) {}

    private record ProgramFlags(ProgramType type, int flags) {}

    /** A question, and the kernel that was asked: tests put others before the host's. */
    private record Asked(SystemCalls kernel, Object question) {}

    /** {@return whether the kernel has a feature} */
    public static Support feature(Feature feature) {
        return remembered(feature, feature::tryOut);
    }

    /** {@return whether the kernel makes links of a kind} */
    public static Support link(LinkFeature kind) {
        return remembered(kind, kind::tryOut);
    }

    /**
     * Whether programs of a type can be loaded.
     *
     * @param type the type
     * @return the answer; {@link Support.Verdict#UNKNOWN} for types that load only for a target that the kernel has
     */
    public static Support programType(ProgramType type) {
        return remembered(type, () -> tryProgram(type, 0));
    }

    /**
     * Whether maps of a type can be made.
     *
     * @param type the type
     * @return the answer
     */
    public static Support mapType(MapType type) {
        return remembered(type, () -> MapTrial.of(type, 0));
    }

    /**
     * Whether maps of a type can be made with flags.
     *
     * @param type the type
     * @param flags {@code BPF_F_…} of linux/bpf.h, beside those without which there are no maps of the type
     * @return the answer; a flag that does not go with the type is unsupported
     */
    public static Support mapFlags(MapType type, int flags) {
        return remembered(new MapFlags(type, flags), () -> MapTrial.of(type, flags));
    }

    /**
     * Whether programs of a type can be loaded with flags.
     *
     * @param type the type
     * @param flags {@code BPF_F_…} of linux/bpf.h, such as {@code BPF_F_XDP_HAS_FRAGS}
     * @return the answer; {@link Support.Verdict#UNKNOWN} for types that load only for a target that the kernel has
     */
    public static Support programFlags(ProgramType type, int flags) {
        return remembered(new ProgramFlags(type, flags), () -> tryProgram(type, flags));
    }

    /**
     * Whether programs can be attached as an attach type says.
     *
     * @param type the attach type
     * @return the answer; {@link Support.Verdict#UNKNOWN} where the kernel does not let this process try, or has nothing to
     *     try it with
     */
    public static Support attachType(AttachType type) {
        return remembered(type, () -> AttachTrial.of(type));
    }

    /** {@return whether the kernel has the instructions of a version of the instruction set} */
    public static Support instructions(InstructionSet version) {
        return remembered(version, version::tryOut);
    }

    /**
     * Whether programs of a type may call a helper.
     *
     * @param type the program type
     * @param helper the helper's number, {@code BPF_FUNC_…} of linux/bpf.h
     * @return the answer
     */
    public static Support helper(ProgramType type, int helper) {
        return remembered(new Helper(type, helper), () -> Trial.helper(type, helper));
    }

    private static Support remembered(Object question, Supplier<Support> trial) {
        Asked asked = new Asked(SystemCalls.host(), question);
        Support before = KNOWN.get(asked);
        if (before != null) {
            return before;
        }
        Support found = trial.get();
        if (found.verdict() != Support.Verdict.UNKNOWN) {
            KNOWN.put(asked, found);
        }
        return found;
    }

    private static Support tryProgram(ProgramType type, int flags) {
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
                        flags | (type == ProgramType.SYSCALL ? SLEEPABLE : 0),
                        "",
                        type == ProgramType.NETFILTER ? Trial.RETURN_ONE : Trial.RETURN_ZERO));
        };
    }
}
