package io.jbpf.probe;

import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfFeature;
import io.jbpf.btf.BtfType.DataSection;
import io.jbpf.btf.BtfType.DeclTag;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.FloatingPoint;
import io.jbpf.btf.BtfType.Func;
import io.jbpf.btf.BtfType.FuncProto;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.Parameter;
import io.jbpf.btf.BtfType.Pointer;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.btf.BtfType.TypeTag;
import io.jbpf.btf.BtfType.Var;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Finds out which kinds of BTF the running kernel takes, by giving it a few types of each. Remembered like all probes. */
public final class BtfProbe {
    private static final Map<Asked, Support> KNOWN = new ConcurrentHashMap<>();

    private BtfProbe() {}

    private record Asked(SystemCalls kernel, BtfFeature feature) {}

    /** {@return whether the kernel takes BTF that needs a feature} */
    public static Support feature(BtfFeature feature) {
        Asked asked = new Asked(SystemCalls.host(), feature);
        Support before = KNOWN.get(asked);
        if (before != null) {
            return before;
        }
        NativeMemory btf = NativeMemory.copyOf(example(feature));
        Support found = Trial.of(Bpf.host().btfLoad(btf, NativeMemory.allocate(0), 0));
        if (found.verdict() != Support.Verdict.UNKNOWN) {
            KNOWN.put(asked, found);
        }
        return found;
    }

    /** {@return all features but those the kernel certainly lacks} */
    public static Set<BtfFeature> supported() {
        Set<BtfFeature> supported = EnumSet.noneOf(BtfFeature.class);
        for (BtfFeature feature : BtfFeature.values()) {
            if (!feature(feature).isUnsupported()) {
                supported.add(feature);
            }
        }
        return supported;
    }

    /** The fewest types that need a feature. */
    private static byte[] example(BtfFeature feature) {
        BtfBuilder types = BtfBuilder.create(ByteOrder.nativeOrder());
        int integer = types.add(BtfBuilder.signed("int", 4));
        switch (feature) {
            case FUNC -> function(types, integer, Linkage.STATIC);
            case FUNC_GLOBAL -> function(types, integer, Linkage.GLOBAL);
            case DATASEC -> section(types, integer, ".data");
            case QUESTION_MARK_DATASEC -> section(types, integer, "?.data");
            case FLOAT -> types.add(new FloatingPoint("float", 4));
            case DECL_TAG -> types.add(new DeclTag("tag", section(types, integer, ".data"), -1));
            case TYPE_TAG -> types.add(new Pointer(types.add(new TypeTag("tag", integer))));
            case ENUM64 -> types.add(new Enumeration("e", 8, false, true, List.of(new Enumerator("one", 1))));
        }
        return types.encode();
    }

    private static void function(BtfBuilder types, int integer, Linkage linkage) {
        int signature = types.add(new FuncProto(0, List.of(new Parameter("a", integer))));
        types.add(new Func("f", signature, linkage));
    }

    /** A section with one variable, which is answered. */
    private static int section(BtfBuilder types, int integer, String name) {
        int variable = types.add(new Var("v", integer, Linkage.STATIC));
        types.add(new DataSection(name, 4, List.of(new SectionEntry(variable, 0, 4))));
        return variable;
    }
}
