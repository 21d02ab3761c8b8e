package io.jbpf;

import io.jbpf.link.AutoAttach;
import io.jbpf.link.Link;
import io.jbpf.link.NoAutoAttachException;
import io.jbpf.link.UsdtSpecs;
import io.jbpf.object.ProgramSpec;
import io.jbpf.object.ProgramType;
import io.jbpf.program.BpfProgram;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The programs of an object in their places, owned together. Closing it closes every link. */
public final class AttachedObject implements AutoCloseable {
    private final Map<String, Link> links = new LinkedHashMap<>();
    private final Map<String, NoAutoAttachException> left = new LinkedHashMap<>();

    private AttachedObject() {}

    static AttachedObject attach(BpfObject object, Map<String, ProgramSpec> specs, Set<String> structOps) {
        AttachedObject attached = new AttachedObject();
        try {
            object.programs().forEach((name, program) -> {
                ProgramSpec spec = specs.get(name);
                // Those of a struct_ops are attached with their map.
                if (spec != null && spec.type() != ProgramType.STRUCT_OPS) {
                    attached.add(name, program, spec, object.usdtSpecs());
                }
            });
            for (String map : structOps) {
                if ((object.map(map).info().flags() & BpfObject.BPF_F_LINK) != 0) {
                    attached.links.put(map, object.attachStructOps(map));
                }
            }
            return attached;
        } catch (RuntimeException | Error e) {
            attached.close();
            throw e;
        }
    }

    private void add(String name, BpfProgram program, ProgramSpec spec, Optional<UsdtSpecs> usdtSpecs) {
        try {
            links.put(name, AutoAttach.attach(program, spec, usdtSpecs));
        } catch (NoAutoAttachException e) {
            left.put(name, e);
        }
    }

    /** {@return the links by the names of their programs or struct_ops maps; unmodifiable} */
    public Map<String, Link> links() {
        return Collections.unmodifiableMap(links);
    }

    /** {@return the programs that were not attached, and what each needs; unmodifiable} */
    public Map<String, NoAutoAttachException> left() {
        return Collections.unmodifiableMap(left);
    }

    /** Detaches the programs, the last one first. */
    @Override
    public void close() {
        RuntimeException first = null;
        Link[] all = links.values().toArray(Link[]::new);
        for (int i = all.length - 1; i >= 0; i--) {
            try {
                all[i].close();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
