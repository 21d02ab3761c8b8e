package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.DeclTag;
import io.jbpf.btf.BtfType.Func;
import io.jbpf.btf.BtfType.FuncProto;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.Parameter;
import io.jbpf.btf.BtfType.Pointer;
import io.jbpf.btf.BtfType.Struct;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Arguments of global functions that are a program's context whatever their type in C: {@code void *ctx __arg_ctx}, which
 * is {@code btf_decl_tag("arg:ctx")}. Kernels before 6.8 know a context by the name of its struct alone. For them each such
 * function gets a twin for each type of program, with the struct's name that the verifier expects there, as with libbpf.
 */
public final class ContextArguments {
    private static final String TAG = "arg:ctx";

    /** What the verifier calls the context ({@code bpf_ctx_convert} in the kernel's btf.c); other types have no name. */
    private static final Map<ProgramType, String> CONTEXTS = contexts();

    private final byte[] btf;
    private final Map<ProgramType, Map<Integer, Integer>> twins;

    private ContextArguments(byte[] btf, Map<ProgramType, Map<Integer, Integer>> twins) {
        this.btf = btf;
        this.twins = twins;
    }

    private static Map<ProgramType, String> contexts() {
        Map<ProgramType, String> names = new EnumMap<>(ProgramType.class);
        for (ProgramType packets : List.of(
                ProgramType.CGROUP_SKB,
                ProgramType.FLOW_DISSECTOR,
                ProgramType.LWT_IN,
                ProgramType.LWT_OUT,
                ProgramType.LWT_SEG6LOCAL,
                ProgramType.LWT_XMIT,
                ProgramType.SCHED_ACT,
                ProgramType.SCHED_CLS,
                ProgramType.SK_SKB,
                ProgramType.SOCKET_FILTER)) {
            names.put(packets, "__sk_buff");
        }
        names.put(ProgramType.CGROUP_DEVICE, "bpf_cgroup_dev_ctx");
        names.put(ProgramType.CGROUP_SOCK, "bpf_sock");
        names.put(ProgramType.CGROUP_SOCK_ADDR, "bpf_sock_addr");
        names.put(ProgramType.CGROUP_SOCKOPT, "bpf_sockopt");
        names.put(ProgramType.CGROUP_SYSCTL, "bpf_sysctl");
        names.put(ProgramType.KPROBE, "bpf_user_pt_regs_t");
        names.put(ProgramType.NETFILTER, "bpf_nf_ctx");
        names.put(ProgramType.PERF_EVENT, "bpf_perf_event_data");
        names.put(ProgramType.RAW_TRACEPOINT, "bpf_raw_tracepoint_args");
        names.put(ProgramType.RAW_TRACEPOINT_WRITABLE, "bpf_raw_tracepoint_args");
        names.put(ProgramType.SK_LOOKUP, "bpf_sk_lookup");
        names.put(ProgramType.SK_MSG, "sk_msg_md");
        names.put(ProgramType.SK_REUSEPORT, "sk_reuseport_md");
        names.put(ProgramType.SOCK_OPS, "bpf_sock_ops");
        names.put(ProgramType.XDP, "xdp_md");
        return names;
    }

    /**
     * The functions of an object with such arguments.
     *
     * @param object the object
     * @return them; nothing if it has none that a kernel before 6.8 would not understand
     */
    public static Optional<ContextArguments> of(ObjectSpec object) {
        byte[] blob = object.kernelBtf().orElse(null);
        if (blob == null) {
            return Optional.empty();
        }
        Btf types = Btf.parse(object.name(), blob);
        Map<Integer, Set<Integer>> tagged = tagged(types);
        if (tagged.isEmpty()) {
            return Optional.empty();
        }
        BtfBuilder out = BtfBuilder.split(types);
        Map<ProgramType, Map<Integer, Integer>> twins = new EnumMap<>(ProgramType.class);
        object.programs().values().stream().map(ProgramSpec::type).distinct().forEach(type -> {
            String context = CONTEXTS.get(type);
            Map<Integer, Integer> ofType = context == null ? Map.of() : twins(types, tagged, type, context, out);
            if (!ofType.isEmpty()) {
                twins.put(type, ofType);
            }
        });
        return twins.isEmpty()
                ? Optional.empty()
                : Optional.of(new ContextArguments(out.encodeWithBase(), Map.copyOf(twins)));
    }

    /** {@return the object's types with the twins behind them, as bpf(BPF_BTF_LOAD) takes them; a copy} */
    public byte[] kernelBtf() {
        return btf.clone();
    }

    /**
     * Makes a program's functions known to the kernel by their twins.
     *
     * @param program the program
     * @param image what it was linked to
     * @return the image
     */
    public ProgramImage apply(ProgramSpec program, ProgramImage image) {
        Map<Integer, Integer> ofType = twins.getOrDefault(program.type(), Map.of());
        return ofType.isEmpty() ? image : image.withFunctionTypes(ofType);
    }

    /** The arguments with the tag, by function. Static functions are verified with their callers and need none. */
    private static Map<Integer, Set<Integer>> tagged(Btf types) {
        Map<Integer, Set<Integer>> tagged = new TreeMap<>();
        for (int id = types.firstId(); id <= types.lastId(); id++) {
            if (types.kind(id) == BtfKind.DECL_TAG
                    && types.type(id) instanceof DeclTag tag
                    && tag.tag().equals(TAG)
                    && types.type(tag.typeId()) instanceof Func function
                    && function.linkage() == Linkage.GLOBAL
                    && types.type(function.typeId()) instanceof FuncProto signature
                    && tag.componentIndex() >= 0
                    && tag.componentIndex() < signature.parameters().size()) {
                tagged.computeIfAbsent(tag.typeId(), any -> new TreeSet<>()).add(tag.componentIndex());
            }
        }
        return tagged;
    }

    private static Map<Integer, Integer> twins(
            Btf types, Map<Integer, Set<Integer>> tagged, ProgramType type, String context, BtfBuilder out) {
        Map<Integer, Integer> twins = new HashMap<>();
        int pointer = 0;
        for (Map.Entry<Integer, Set<Integer>> entry : tagged.entrySet()) {
            Func function = (Func) types.type(entry.getKey());
            FuncProto signature = (FuncProto) types.type(function.typeId());
            List<Parameter> parameters = new ArrayList<>(signature.parameters());
            List<Integer> changed = new ArrayList<>();
            for (int argument : entry.getValue()) {
                if (isMisunderstood(types, parameters.get(argument).typeId(), type, context)) {
                    pointer = pointer != 0
                            ? pointer
                            : out.add(new Pointer(out.add(new Struct(context, 0, false, List.of()))));
                    parameters.set(
                            argument, new Parameter(parameters.get(argument).name(), pointer));
                    changed.add(argument);
                }
            }
            if (!changed.isEmpty()) {
                int twin = out.add(new Func(
                        function.name(),
                        out.add(new FuncProto(signature.returnTypeId(), List.copyOf(parameters))),
                        function.linkage()));
                changed.forEach(argument -> out.add(new DeclTag(TAG, twin, argument)));
                twins.put(entry.getKey(), twin);
            }
        }
        return Map.copyOf(twins);
    }

    /** Whether the verifier of an old kernel would not take a type for the context, and C lets it be one. */
    private static boolean isMisunderstood(Btf types, int typeId, ProgramType type, String context) {
        if (!(types.type(types.resolve(typeId)) instanceof Pointer pointer)) {
            return false;
        }
        int named = types.skipModifiers(pointer.typeId());
        boolean registers = type == ProgramType.KPROBE || type == ProgramType.PERF_EVENT;
        if (registers
                && types.kind(named) == BtfKind.TYPEDEF
                && types.typeName(named).equals("bpf_user_pt_regs_t")) {
            return false;
        }
        BtfType target = types.type(types.resolve(pointer.typeId()));
        return switch (target.kind()) {
            case VOID -> true;
            case STRUCT -> {
                String name = ((Struct) target).name();
                yield registers && !name.equals(context) && (name.equals("pt_regs") || name.equals("user_pt_regs"));
            }
            case INT ->
                (type == ProgramType.RAW_TRACEPOINT || type == ProgramType.RAW_TRACEPOINT_WRITABLE)
                        && types.sizeOf(types.resolve(pointer.typeId())) == Long.BYTES;
            default -> false;
        };
    }
}
