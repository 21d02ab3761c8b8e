package io.jbpf;

import io.jbpf.btf.BtfKind;
import io.jbpf.error.BpfException;
import io.jbpf.kernel.KernelTypes;
import io.jbpf.map.BpfMap;
import io.jbpf.map.MapReferences;
import io.jbpf.object.MapSpec;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramSpec;
import io.jbpf.object.StructOps;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.Support;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.BtfAttachPoint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The struct_ops maps of one object: their fit with the kernel, what that means for their programs, their values. */
final class StructOpsLoad {
    private final ObjectSpec spec;
    private final KernelTypes types;
    private final Map<String, Fitted> fitted = new LinkedHashMap<>();

    private record Fitted(StructOps ops, int valueTypeId, int descriptor) {}

    StructOpsLoad(ObjectSpec spec, KernelTypes types) {
        this.spec = spec;
        this.types = types;
    }

    BpfMap create(String name, MapSpec map, MapReferences references) {
        Fitted fit = fit(map);
        fitted.put(name, fit);
        // Kernels read their own types when the first program is verified; until then Linux 5.10 knows no interface and
        // says
        // ENOTSUPP. A probe is such a program.
        Support unused = KernelProbes.feature(Feature.NAMES);
        return BpfMap.create(
                map.withValueSize(fit.ops().valueSize()),
                references.withKernelValueType(fit.valueTypeId(), fit.descriptor()));
    }

    private Fitted fit(MapSpec map) {
        String wanted = StructOps.interfaceName(spec, map);
        String valueType = StructOps.VALUE_PREFIX + wanted;
        KernelTypes.Found value = types.find(valueType, BtfKind.STRUCT)
                .orElseThrow(() -> new BpfException("struct_ops map '" + map.name() + "' implements " + wanted
                        + ", which neither this kernel nor a loaded module lets programs implement (no type "
                        + valueType + ")"));
        KernelTypes.Source source = value.source();
        int type = types.findIn(source.name(), wanted, BtfKind.STRUCT)
                .or(() -> types.findIn("vmlinux", wanted, BtfKind.STRUCT))
                .map(KernelTypes.Found::typeId)
                .orElseThrow(() -> new BpfException("the kernel has " + valueType + " but no struct " + wanted));
        return new Fitted(
                StructOps.fit(spec, map, source.btf(), type, value.typeId()), value.typeId(), source.descriptor());
    }

    /** The interface a program is for, and as its attach type the member. */
    Optional<BtfAttachPoint> attachPoint(ProgramSpec program) {
        for (Map.Entry<String, Fitted> entry : fitted.entrySet()) {
            StructOps ops = entry.getValue().ops();
            Integer member = ops.members().get(program.name());
            if (member != null) {
                return Optional.of(new BtfAttachPoint(
                        ops.typeId(), entry.getValue().descriptor(), "struct_ops map " + entry.getKey(), member));
            }
        }
        throw new BpfException("struct_ops program '" + program.name() + "' stands in no struct_ops map that was made");
    }

    /**
     * Whether a program is to be loaded. For one that stands in struct_ops maps only they decide, as with libbpf: it is if
     * one of them is made, and not if none is.
     */
    boolean isWanted(ProgramSpec program) {
        List<MapSpec> users = spec.maps().values().stream()
                .filter(map -> map.functions().containsValue(program.name()))
                .toList();
        return users.isEmpty() ? program.autoload() : users.stream().anyMatch(MapSpec::autocreate);
    }

    /** The values of the maps with the programs in them, ready to be registered. */
    Map<String, byte[]> values(Map<String, BpfProgram> programs) {
        Map<String, byte[]> values = new HashMap<>();
        fitted.forEach((name, fit) -> {
            byte[] value = fit.ops().value();
            ByteBuffer bytes = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
            fit.ops().programs().forEach((offset, program) -> {
                BpfProgram loaded = programs.get(program);
                if (loaded == null) {
                    throw new BpfException(
                            "struct_ops map '" + name + "' wants program '" + program + "', which was not loaded");
                }
                int number = loaded.fd().acquire();
                loaded.fd().release();
                bytes.putLong(offset, number);
            });
            values.put(name, value);
        });
        return values;
    }
}
