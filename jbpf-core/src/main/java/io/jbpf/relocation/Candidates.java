package io.jbpf.relocation;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the types of a kernel that may stand for a type of the program: those of its kind and, flavours aside, its name.
 * A module's count only if the kernel itself has none, and then those of all modules, as with libbpf
 * ({@code bpf_core_find_cands} of libbpf.c). What was found once is not looked for again. For one thread.
 */
final class Candidates {
    private final Btf local;
    private final CoreTarget target;
    private final Map<Integer, List<Candidate>> found = new HashMap<>();
    private @Nullable Btf kernel;
    private @Nullable List<CoreTarget.Module> modules;

    Candidates(Btf local, CoreTarget target) {
        this.local = local;
        this.target = target;
    }

    /**
     * A type of the kernel or of a module.
     *
     * @param source {@code vmlinux} or the module's name
     * @param btf the types there
     * @param typeId which of them
     */
    record Candidate(String source, Btf btf, int typeId) {
        /** The type as people read it; only what is not the kernel's own says whose it is, in the words of libbpf's log. */
        String describe() {
            return "[" + typeId + "] " + TypeNames.of(btf, typeId)
                    + (source.equals(CoreTarget.VMLINUX) ? "" : " in [" + source + "]");
        }
    }

    List<Candidate> of(int localId) {
        List<Candidate> known = found.get(localId);
        if (known == null) {
            known = search(Btf.essentialName(local.typeName(localId)), local.kind(localId));
            found.put(localId, known);
        }
        return known;
    }

    private List<Candidate> search(String name, BtfKind kind) {
        List<Candidate> all = new ArrayList<>();
        add(all, CoreTarget.VMLINUX, kernel(), name, kind);
        if (all.isEmpty()) {
            modules().forEach(module -> add(all, module.name(), module.btf(), name, kind));
        }
        return List.copyOf(all);
    }

    private static void add(List<Candidate> all, String source, Btf btf, String name, BtfKind kind) {
        for (int id : btf.findFlavours(name)) {
            if (TypeCompatibility.sameKind(kind, btf.kind(id))) {
                all.add(new Candidate(source, btf, id));
            }
        }
    }

    private Btf kernel() {
        Btf known = kernel;
        if (known == null) {
            known = target.kernelBtf();
            kernel = known;
        }
        return known;
    }

    private List<CoreTarget.Module> modules() {
        List<CoreTarget.Module> known = modules;
        if (known == null) {
            known = target.modules();
            modules = known;
        }
        return known;
    }
}
