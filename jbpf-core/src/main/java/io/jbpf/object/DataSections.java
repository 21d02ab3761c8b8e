package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfType.DataSection;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.btf.BtfType.Var;
import io.jbpf.elf.ElfSection;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Sections of global variables, each of which becomes an array map with one value. */
final class DataSections {
    /** In front of the section's name as many characters of the object's as leave this many for the former. */
    private static final int SECTION_NAME_ROOM = 7;

    private DataSections() {}

    /** Whether a section holds variables that programs use: data, constants or zeroes, whatever their suffix. */
    static boolean isData(ElfSection section) {
        if (section.isExecutable() || section.size() == 0) {
            return false;
        }
        String name = section.name();
        return section.isZeroes()
                ? isOrStartsWith(name, ".bss")
                : section.type() == ElfSection.SHT_PROGBITS && (isOrStartsWith(name, ".data") || isConstant(name));
    }

    private static boolean isConstant(String name) {
        return isOrStartsWith(name, ".rodata");
    }

    private static boolean isOrStartsWith(String name, String prefix) {
        return name.equals(prefix) || name.startsWith(prefix + ".");
    }

    static MapSpec map(String objectName, ElfSection section, @Nullable Btf btf, Predicate<String> hidden) {
        MapSpec.Fields fields = fields(objectName, section.name(), (int) section.size());
        fields.frozen = isConstant(section.name());
        fields.flags = fields.frozen ? MapSpec.RDONLY_PROG : 0;
        if (!section.isZeroes()) {
            fields.initialValue = section.bytes();
        }
        int type = btf == null ? 0 : btf.dataSection(section.name()).orElse(0);
        fields.valueTypeId = type;
        if (btf != null && type != 0 && hasGlobal(btf, (DataSection) btf.type(type), hidden)) {
            fields.flags |= MapSpec.MMAPABLE;
        }
        return MapSpec.of(fields);
    }

    static MapSpec.Fields fields(String objectName, String section, int size) {
        MapSpec.Fields fields = new MapSpec.Fields();
        fields.name = mapName(objectName, section);
        fields.type = MapType.ARRAY;
        fields.keySize = Integer.BYTES;
        fields.valueSize = size;
        fields.maxEntries = 1;
        fields.dataSection = true;
        return fields;
    }

    /**
     * Names as libbpf gives them, since people look for them in bpftool: the object's name (shortened) and the section's,
     * or only the latter if it has a suffix of its own.
     */
    private static String mapName(String objectName, String section) {
        if (section.indexOf('.', 1) > 0) {
            return MapSpec.kernelName(section);
        }
        int dot = objectName.indexOf('.');
        String prefix = dot < 0 ? objectName : objectName.substring(0, dot);
        int room = MapSpec.NAME_LENGTH - Math.max(SECTION_NAME_ROOM, section.length());
        return MapSpec.kernelName(prefix.substring(0, Math.min(room, prefix.length())) + section);
    }

    /** A section of static and hidden variables is nobody's business outside the program: it is not made mappable. */
    private static boolean hasGlobal(Btf btf, DataSection section, Predicate<String> hidden) {
        for (SectionEntry entry : section.entries()) {
            if (btf.type(entry.typeId()) instanceof Var variable
                    && variable.linkage() != Linkage.STATIC
                    && !hidden.test(variable.name())) {
                return true;
            }
        }
        return false;
    }
}
