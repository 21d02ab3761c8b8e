package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.FuncProto;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Pointer;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.error.BpfException;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An implementation of a kernel interface, fitted to the kernel's own layout of it. A member that the kernel does not
 * have is left out if it is zero, as libbpf does; if it is set, that is an error.
 */
public final class StructOps {
    /** The prefix of the type that a struct_ops map has for its value: the interface with a state around it. */
    public static final String VALUE_PREFIX = "bpf_struct_ops_";

    private final int typeId;
    private final byte[] value;
    private final Map<String, Integer> memberOf;
    private final Map<Integer, String> programAt;

    private StructOps(int typeId, byte[] value, Map<String, Integer> memberOf, Map<Integer, String> programAt) {
        this.typeId = typeId;
        this.value = value;
        this.memberOf = Collections.unmodifiableMap(memberOf);
        this.programAt = Collections.unmodifiableMap(programAt);
    }

    /**
     * The name of the interface that a map implements, without a {@code ___flavour}.
     *
     * @param object the object the map is of
     * @param map one of its struct_ops maps
     */
    public static String interfaceName(ObjectSpec object, MapSpec map) {
        return Btf.essentialName(types(object).typeName(map.structTypeId()));
    }

    /**
     * Fits a map's value to the kernel.
     *
     * @param object the object the map is of
     * @param map one of its struct_ops maps
     * @param kernel the BTF that has the interface: the kernel's or a module's
     * @param typeId the interface there, a struct
     * @param valueTypeId the value's type there, named {@link #VALUE_PREFIX} and the interface
     * @throws BpfException if the kernel's interface lacks a member that is set, or has it otherwise
     */
    public static StructOps fit(ObjectSpec object, MapSpec map, Btf kernel, int typeId, int valueTypeId) {
        Struct outer = (Struct) kernel.type(valueTypeId);
        int data = outer.members().stream()
                .filter(m -> m.typeId() == typeId)
                .mapToInt(m -> m.bitOffset() / 8)
                .findFirst()
                .orElseThrow(() -> new BpfException(
                        "type " + outer.name() + " of the kernel has no member of type " + kernel.typeName(typeId)));
        Fitting fitting = new Fitting(object, map, kernel, (Struct) kernel.type(typeId), data, outer.size());
        ((Struct) types(object).type(map.structTypeId())).members().forEach(fitting::member);
        return new StructOps(typeId, fitting.value, fitting.memberOf, fitting.programAt);
    }

    /** {@return the interface in the kernel's BTF: what its programs are loaded for} */
    public int typeId() {
        return typeId;
    }

    /** {@return how many bytes the map's value has} */
    public int valueSize() {
        return value.length;
    }

    /** {@return for each program, by name, the index of the kernel's member it stands for: its expected attach type} */
    public Map<String, Integer> members() {
        return memberOf;
    }

    /** {@return where in the value the descriptor of each program belongs, as a number of eight bytes} */
    public Map<Integer, String> programs() {
        return programAt;
    }

    /** {@return the value, in the object's byte order, without the programs; a copy} */
    public byte[] value() {
        return value.clone();
    }

    private static Btf types(ObjectSpec object) {
        return object.btf().orElseThrow(() -> new IllegalStateException("struct_ops maps come with BTF"));
    }

    private static final class Fitting {
        final MapSpec map;
        final Btf local;
        final Btf kernel;
        final Struct theirs;
        final int data;
        final byte[] content;
        final byte[] value;
        final Map<String, Integer> memberOf = new LinkedHashMap<>();
        final Map<Integer, String> programAt = new HashMap<>();

        Fitting(ObjectSpec object, MapSpec map, Btf kernel, Struct theirs, int data, int size) {
            this.map = map;
            this.local = types(object);
            this.kernel = kernel;
            this.theirs = theirs;
            this.data = data;
            this.content = map.initialValue().orElseGet(() -> new byte[map.valueSize()]);
            this.value = new byte[size];
        }

        void member(Member mine) {
            String program = map.functions().get(mine.name());
            int index = indexOf(Btf.essentialName(mine.name()));
            int size = (int) local.sizeOf(mine.typeId());
            int at = mine.bitOffset() / 8;
            if (index < 0) {
                if (program != null || !isZero(at, size)) {
                    throw refused(mine, "the kernel's struct has no such member");
                }
                return;
            }
            Member their = theirs.members().get(index);
            BtfType myType = local.type(local.resolve(mine.typeId()));
            BtfType theirType = kernel.type(kernel.resolve(their.typeId()));
            if (mine.bitSize() != 0 || their.bitSize() != 0) {
                throw refused(mine, "it is a bit field");
            }
            if (myType.kind() != theirType.kind()) {
                throw refused(mine, "it is a " + theirType.kind() + " in the kernel, not a " + myType.kind());
            }
            int to = data + their.bitOffset() / 8;
            if (theirType instanceof Pointer pointer) {
                pointer(mine, program, kernel.type(kernel.resolve(pointer.typeId())), index, to, at);
            } else if (kernel.sizeOf(their.typeId()) != size) {
                throw refused(mine, "it has " + kernel.sizeOf(their.typeId()) + " bytes in the kernel, not " + size);
            } else {
                System.arraycopy(content, at, value, to, size);
            }
        }

        private void pointer(Member mine, @Nullable String program, BtfType target, int index, int to, int at) {
            if (program == null) {
                if (!isZero(at, Btf.POINTER_SIZE)) {
                    throw refused(mine, "a pointer can only be a program or zero");
                }
                return;
            }
            if (!(target instanceof FuncProto)) {
                throw refused(mine, "it is no function in the kernel");
            }
            Integer before = memberOf.putIfAbsent(program, index);
            if (before != null && before != index) {
                throw refused(mine, "program '" + program + "' stands for another member already");
            }
            programAt.put(to, program);
        }

        private int indexOf(String name) {
            for (int i = 0; i < theirs.members().size(); i++) {
                if (theirs.members().get(i).name().equals(name)) {
                    return i;
                }
            }
            return -1;
        }

        private boolean isZero(int at, int size) {
            for (int i = at; i < at + size && i < content.length; i++) {
                if (content[i] != 0) {
                    return false;
                }
            }
            return true;
        }

        private BpfException refused(Member member, String problem) {
            return new BpfException("member '" + member.name() + "' of struct_ops map '" + map.name() + "' ("
                    + theirs.name() + ") does not fit this kernel: " + problem);
        }
    }
}
