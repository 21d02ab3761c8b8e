package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapSpec;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LockedMemory;
import io.jbpf.sys.Privileges;

/** BPF_MAP_CREATE with its fall-backs and the words for its refusals. */
final class MapCreation {
    private MapCreation() {}

    /** {@return the descriptor of a new map} */
    static Fd create(MapSpec spec, MapReferences references) {
        Bpf bpf = Bpf.host();
        int result = references.withInnerDescriptor(inner -> create(bpf, spec, references, inner));
        if (result < 0) {
            Errno errno = new Errno(-result);
            throw new SystemCallException(
                    "create map '" + spec.name() + "' (" + spec.type() + ", key " + spec.keySize() + " bytes, value "
                            + spec.valueSize() + " bytes, " + Integer.toUnsignedString(spec.maxEntries())
                            + " entries)",
                    "bpf(BPF_MAP_CREATE)",
                    errno,
                    creationHint(spec, errno));
        }
        return bpf.own(result, "map '" + spec.name() + "'");
    }

    private static int create(Bpf bpf, MapSpec spec, MapReferences references, int inner) {
        boolean typed = references.btfDescriptor() != 0 && (spec.keyTypeId() != 0 || spec.valueTypeId() != 0);
        int result = bpf.mapCreate(definition(spec, references, inner, typed));
        if (LockedMemory.lift(bpf.calls(), result)) {
            result = bpf.mapCreate(definition(spec, references, inner, typed));
        }
        if (result < 0 && typed) {
            // Some map types take no BTF (map_check_btf in the kernel's syscall.c); libbpf tries without, too.
            int untyped = bpf.mapCreate(definition(spec, references, inner, false));
            result = untyped < 0 ? result : untyped;
        }
        return result;
    }

    private static Bpf.MapDefinition definition(MapSpec spec, MapReferences references, int inner, boolean typed) {
        return new Bpf.MapDefinition(
                spec.name(),
                spec.type().number(),
                spec.keySize(),
                spec.valueSize(),
                spec.maxEntries(),
                spec.flags(),
                inner,
                spec.numaNode(),
                typed || references.kernelValueTypeId() != 0 ? references.btfDescriptor() : 0,
                typed ? spec.keyTypeId() : 0,
                typed ? spec.valueTypeId() : 0,
                spec.mapExtra(),
                references.kernelValueTypeId(),
                references.kernelBtfDescriptor());
    }

    private static String creationHint(MapSpec spec, Errno errno) {
        if (errno.equals(Errno.EPERM)) {
            return Privileges.NEEDED + LockedMemory.hint(Bpf.host().calls());
        }
        if (errno.equals(Errno.EINVAL)) {
            return "the kernel may not know maps of type " + spec.type().kernelName()
                    + ", or not with these sizes and flags (0x" + Integer.toHexString(spec.flags()) + ")";
        }
        return BpfMap.hint(errno);
    }
}
