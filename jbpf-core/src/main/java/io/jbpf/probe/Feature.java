package io.jbpf.probe;

import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfType;
import io.jbpf.error.Errno;
import io.jbpf.kernel.KernelSymbols;
import io.jbpf.object.MapType;
import io.jbpf.object.ProgramType;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;

/** Abilities of a kernel that are neither a program type nor a map type, with the first Linux that has them. */
public enum Feature {
    /** Programs and maps have names. */
    NAMES("names of programs and maps", "4.15"),
    /** bpf(BPF_PROG_LOAD) takes the expected attach type. */
    EXPECTED_ATTACH_TYPE("expected attach types", "4.17"),
    /** System calls get their arguments in a {@code pt_regs}, under names such as {@code __x64_sys_bpf}. */
    SYSCALL_WRAPPER("system call wrappers", "4.17"),
    /** Programs read and write variables in array maps directly. */
    GLOBAL_DATA("global data", "5.2"),
    /** Array maps can be mapped into user space. */
    MMAPABLE_ARRAYS("arrays that can be mapped", "5.5"),
    /** Helpers that tell kernel from user memory: {@code bpf_probe_read_kernel} and its sisters. */
    PROBE_READ_KERNEL("bpf_probe_read_kernel", "5.5"),
    /** Maps and programs are charged to the memory cgroup, not to {@code RLIMIT_MEMLOCK}. */
    MEMORY_CGROUP_ACCOUNTING("charging maps to the memory cgroup", "5.11"),
    /** Attachments carry a number for the program: {@code bpf_get_attach_cookie}. */
    BPF_COOKIE("attach cookies", "5.15"),
    /** The tag {@code __arg_ctx} makes an argument of a global function the context, whatever its type in C. */
    ARGUMENT_CONTEXT_TAG("the tag arg:ctx of arguments", "6.8"),
    /** Instructions point further than 512 MiB into a map: to the end of a large arena. */
    FAR_DIRECT_VALUES("direct values further than 512 MiB into a map", "7.0");

    private static final int ARRAY = MapType.ARRAY.number();
    private static final int MMAPABLE = 1 << 10;
    private static final int CGROUP_INET_SOCK_CREATE = 2;

    private final String description;
    private final String kernelFloor;

    Feature(String description, String kernelFloor) {
        this.description = description;
        this.kernelFloor = kernelFloor;
    }

    /** {@return what it is, in words} */
    public String description() {
        return description;
    }

    /** {@return the first upstream kernel that has it, such as {@code 5.5}} */
    public String kernelFloor() {
        return kernelFloor;
    }

    Support tryOut() {
        return switch (this) {
            case NAMES -> names();
            case EXPECTED_ATTACH_TYPE -> expectedAttachType();
            case SYSCALL_WRAPPER -> syscallWrapper();
            case GLOBAL_DATA -> globalData();
            case MMAPABLE_ARRAYS -> mmapableArrays();
            case PROBE_READ_KERNEL -> Trial.helper(ProgramType.TRACEPOINT, 113);
            // Cannot be seen itself; bpf_ktime_get_coarse_ns came with the same version, which libbpf goes by as well.
            case MEMORY_CGROUP_ACCOUNTING -> Trial.helper(ProgramType.SOCKET_FILTER, 160);
            case BPF_COOKIE -> Trial.helper(ProgramType.TRACEPOINT, 174);
            case ARGUMENT_CONTEXT_TAG -> argumentContextTag();
            case FAR_DIRECT_VALUES -> farDirectValues();
        };
    }

    private static Support names() {
        return Trial.of(Trial.load(ProgramType.SOCKET_FILTER, 0, "jbpf_probe", Trial.RETURN_ZERO));
    }

    private static Support expectedAttachType() {
        return Trial.of(Trial.load(ProgramType.CGROUP_SOCK, CGROUP_INET_SOCK_CREATE, "", Trial.RETURN_ZERO));
    }

    private static Support globalData() {
        int map = Trial.map(ARRAY, 4, 32, 1, 0);
        if (map < 0) {
            return Trial.of(map);
        }
        try {
            // r1 = &value[16]; *(u64 *)r1 = 42; r0 = 0; exit
            return Trial.of(Trial.load(
                    ProgramType.SOCKET_FILTER,
                    0,
                    "",
                    Trial.instruction(0x18, 0x21, 0, map),
                    Trial.instruction(0, 0, 0, 16),
                    Trial.instruction(0x7a, 0x01, 0, 42),
                    Trial.instruction(0xb7, 0, 0, 0),
                    Trial.EXIT));
        } finally {
            Trial.close(map);
        }
    }

    /** int main() { return sub(ctx); } int sub(void *ctx __arg_ctx) { return bpf_get_func_ip(ctx); } */
    private static Support argumentContextTag() {
        BtfBuilder types = BtfBuilder.create(ByteOrder.nativeOrder());
        int integer = types.add(BtfBuilder.signed("int", 4));
        int pointer = types.add(new BtfType.Pointer(0));
        int signature = types.add(new BtfType.FuncProto(integer, List.of(new BtfType.Parameter("ctx", pointer))));
        int main = types.add(new BtfType.Func("main", signature, BtfType.Linkage.GLOBAL));
        int sub = types.add(new BtfType.Func("sub", signature, BtfType.Linkage.GLOBAL));
        types.add(new BtfType.DeclTag("arg:ctx", sub, 0));
        return Trial.loadTyped(
                ProgramType.KPROBE,
                types.encode(),
                new int[] {0, main, 2, sub},
                Trial.instruction(0x85, 0x10, 0, 1),
                Trial.EXIT,
                Trial.instruction(0x85, 0, 0, 173),
                Trial.EXIT);
    }

    private static Support farDirectValues() {
        int map = Trial.map(ARRAY, 4, 1, 1, 0);
        if (map < 0) {
            return Trial.of(map);
        }
        try {
            // r1 = &value[1 << 30]; exit. The map is smaller, of course: what matters is which of the two is complained
            // of.
            return Trial.without(
                    "direct value offset of",
                    ProgramType.SOCKET_FILTER,
                    Trial.instruction(0x18, 0x21, 0, map),
                    Trial.instruction(0, 0, 0, 1 << 30),
                    Trial.EXIT);
        } finally {
            Trial.close(map);
        }
    }

    private static Support mmapableArrays() {
        return Trial.of(Trial.map(ARRAY, 4, 4, 1, MMAPABLE));
    }

    private static Support syscallWrapper() {
        Set<String> wrapped = Set.of("__x64_sys_bpf", "__arm64_sys_bpf");
        return KernelSymbols.exist(wrapped)
                ? Support.YES
                : Support.no("none of " + wrapped + " is in /proc/kallsyms: " + new Errno(2));
    }
}
