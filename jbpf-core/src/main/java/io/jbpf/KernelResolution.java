package io.jbpf;

import io.jbpf.kernel.KernelBtf;
import io.jbpf.kernel.KernelTypes;
import io.jbpf.object.ObjectSpec;
import io.jbpf.relocation.CoreResolution;
import java.util.List;

/**
 * What an object refers to in the running kernel, and what it finds there: its externs and its CO-RE relocations. To
 * look at only: nothing is loaded, linked or changed, and what cannot be found is an answer and no error.
 *
 * <p>Needs no privilege. Without any, addresses stay hidden (CAP_SYSLOG), and so do the variables and functions of modules
 * (CAP_SYS_ADMIN); CO-RE relocations are answered from modules' types all the same.
 *
 * @param externs each extern once, in the order of {@link ObjectSpec#externs()}
 * @param coreRelocations each relocation once, as {@link ObjectSpec#coreRelocations} lists them; where the kernel has no
 *     BTF (before 5.4, or without CONFIG_DEBUG_INFO_BTF) the questions alone
 */
public record KernelResolution(List<ExternResolution> externs, List<CoreResolution> coreRelocations) {
    /** What was found. */
    public KernelResolution {
        externs = List.copyOf(externs);
        coreRelocations = List.copyOf(coreRelocations);
    }

    /**
     * Looks for all that an object refers to.
     *
     * @param spec the object
     * @return what there is
     */
    public static KernelResolution of(ObjectSpec spec) {
        try (KernelTypes types = new KernelTypes()) {
            return new KernelResolution(new ExternSearch(spec, types).all(), spec.coreRelocations(KernelBtf.target()));
        }
    }
}
