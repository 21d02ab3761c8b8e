package io.jbpf.map;

import io.jbpf.sys.Fd;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a new map refers to besides its spec.
 *
 * @param btfDescriptor a descriptor of the BTF its type ids are of; 0 for none
 * @param inner for a map of maps, a map that looks like those it will hold
 * @param kernelValueTypeId for a struct_ops map, the type of its value in the kernel's BTF; else 0
 * @param kernelBtfDescriptor the module whose BTF that is; 0 for the kernel itself
 */
public record MapReferences(int btfDescriptor, Optional<BpfMap> inner, int kernelValueTypeId, int kernelBtfDescriptor) {
    /** Nothing. */
    public static final MapReferences NONE = new MapReferences(0, Optional.empty(), 0, 0);

    /** {@return these with the BTF of an object, by a descriptor; 0 for none} */
    public MapReferences withBtf(int descriptor) {
        return new MapReferences(descriptor, inner, kernelValueTypeId, kernelBtfDescriptor);
    }

    /** {@return these with a template for inner maps} */
    public MapReferences withInner(BpfMap template) {
        return new MapReferences(btfDescriptor, Optional.of(template), kernelValueTypeId, kernelBtfDescriptor);
    }

    /** {@return these with the type of a struct_ops map's value, in the kernel's BTF or a module's} */
    public MapReferences withKernelValueType(int typeId, int descriptor) {
        return new MapReferences(btfDescriptor, inner, typeId, descriptor);
    }

    int withInnerDescriptor(IntFunction<Integer> use) {
        @Nullable Fd fd = inner.map(BpfMap::fd).orElse(null);
        if (fd == null) {
            return use.apply(0);
        }
        int number = fd.acquire();
        try {
            return use.apply(number);
        } finally {
            fd.release();
        }
    }
}
