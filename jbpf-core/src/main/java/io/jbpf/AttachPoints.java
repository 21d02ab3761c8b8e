package io.jbpf;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.error.BpfException;
import io.jbpf.kernel.KernelTypes;
import io.jbpf.object.AttachType;
import io.jbpf.object.ProgramSpec;
import io.jbpf.object.ProgramType;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.BtfAttachPoint;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Finds the function or type that a program is loaded for: in the kernel, in a module ({@code fentry/module:function}
 * looks only there), or in another program.
 */
final class AttachPoints {
    private final KernelTypes types;
    private final Map<String, BpfProgram> targets;
    private final StructOpsLoad structOps;

    AttachPoints(KernelTypes types, Map<String, BpfProgram> targets, StructOpsLoad structOps) {
        this.types = types;
        this.targets = targets;
        this.structOps = structOps;
    }

    /** The point; nothing for programs that have none. */
    Optional<BtfAttachPoint> of(ProgramSpec program) {
        if (program.type() == ProgramType.STRUCT_OPS) {
            return structOps.attachPoint(program);
        }
        if (!program.attachesToBtf()) {
            return Optional.empty();
        }
        if (program.attachTarget().isEmpty()) {
            throw new BpfException("program '" + program.name() + "' (" + program.sectionName()
                    + ") does not say what it is for; name it in the section or with withAttachTarget()");
        }
        BpfProgram target = targets.get(program.name());
        if (target != null) {
            return Optional.of(inProgram(program, target));
        }
        if (program.type() == ProgramType.EXT) {
            throw new BpfException("program '" + program.name() + "' (" + program.sectionName()
                    + ") replaces a function of another program; tell which with LoadOptions.withTargetProgram()");
        }
        return Optional.of(inKernel(program));
    }

    private BtfAttachPoint inKernel(ProgramSpec program) {
        String target = program.attachTarget();
        int colon = target.indexOf(':');
        String function = prefix(program) + target.substring(colon + 1);
        BtfKind kind = isTracepoint(program) ? BtfKind.TYPEDEF : BtfKind.FUNC;
        Optional<KernelTypes.Found> found =
                colon < 0 ? types.find(function, kind) : types.findIn(target.substring(0, colon), function, kind);
        return found.map(f -> new BtfAttachPoint(
                        f.typeId(), f.source().descriptor(), f.source().name() + ":" + function))
                .orElseThrow(() -> new BpfException("program '" + program.name() + "' (" + program.sectionName()
                        + ") is for " + kind.name().toLowerCase(java.util.Locale.ROOT) + " '" + function
                        + "', which is in the BTF neither of this kernel nor of a loaded module"));
    }

    /** By these names the kernel's BTF knows tracepoints, security hooks and iterators. */
    private static String prefix(ProgramSpec program) {
        if (isTracepoint(program)) {
            return "btf_trace_";
        }
        if (program.type() == ProgramType.LSM) {
            return "bpf_lsm_";
        }
        return program.attachType()
                        .filter(type -> type == AttachType.TRACE_ITER)
                        .isPresent()
                ? "bpf_iter_"
                : "";
    }

    private static boolean isTracepoint(ProgramSpec program) {
        return program.attachType()
                .filter(type -> type == AttachType.TRACE_RAW_TP)
                .isPresent();
    }

    private static BtfAttachPoint inProgram(ProgramSpec program, BpfProgram target) {
        int btfId = target.info().btfId();
        if (btfId == 0) {
            throw new BpfException("program '" + target.name() + "' was loaded without BTF; '" + program.name()
                    + "' cannot be attached to it");
        }
        Btf btf = KernelTypes.ofId(btfId);
        OptionalInt function = btf.find(program.attachTarget(), BtfKind.FUNC);
        if (function.isEmpty()) {
            throw new BpfException("program '" + target.name() + "' has no function '" + program.attachTarget()
                    + "', which '" + program.name() + "' is for");
        }
        int number = target.fd().acquire();
        target.fd().release();
        return new BtfAttachPoint(
                function.getAsInt(), number, "program " + target.name() + ":" + program.attachTarget());
    }
}
