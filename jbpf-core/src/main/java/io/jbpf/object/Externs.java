package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.DataSection;
import io.jbpf.btf.BtfType.Func;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.btf.BtfType.Var;
import io.jbpf.elf.ElfFile;
import io.jbpf.elf.ElfSymbol;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what an object's undefined symbols are: the symbol table says that they are needed and whether they are
 * weak, BTF says of what type they are and in which section the source declared them.
 */
final class Externs {
    private final Btf btf;
    private final Map<String, Integer> declarations = new HashMap<>();
    private final Map<Integer, String> sectionOf = new HashMap<>();

    private Externs(Btf btf) {
        this.btf = btf;
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            BtfKind kind = btf.kind(id);
            if (kind == BtfKind.DATASEC) {
                DataSection section = (DataSection) btf.type(id);
                for (SectionEntry entry : section.entries()) {
                    sectionOf.put(entry.typeId(), section.name());
                }
            } else if ((kind == BtfKind.VAR && ((Var) btf.type(id)).linkage() == Linkage.EXTERN)
                    || (kind == BtfKind.FUNC && ((Func) btf.type(id)).linkage() == Linkage.EXTERN)) {
                declarations.put(btf.typeName(id), id);
            }
        }
    }

    /** The externs by the names of their symbols; what has no type, or is in no section known, is left out. */
    static Map<String, ExternSpec> read(ElfFile elf, @Nullable Btf btf) {
        Map<String, ExternSpec> found = new LinkedHashMap<>();
        if (btf == null
                || elf.symbols().stream()
                        .noneMatch(s -> s.isUndefined() && !s.name().isEmpty())) {
            return found;
        }
        Externs externs = new Externs(btf);
        List<Config> configs = new ArrayList<>();
        for (ElfSymbol symbol : elf.symbols()) {
            Integer id = externs.declarations.get(symbol.name());
            String section = id == null ? null : externs.sectionOf.get(id);
            if (!symbol.isUndefined() || id == null || section == null) {
                continue;
            }
            if (section.equals(ExternSpec.KSYMS)) {
                found.put(symbol.name(), externs.symbol(symbol, id));
            } else if (section.equals(ExternSpec.KCONFIG) && btf.type(id) instanceof Var variable) {
                configs.add(Config.of(btf, symbol, variable));
            }
        }
        layOut(configs, found);
        return found;
    }

    private ExternSpec symbol(ElfSymbol symbol, int id) {
        BtfType declaration = btf.type(id);
        String name = Btf.essentialName(symbol.name());
        if (declaration instanceof Func function) {
            return new ExternSpec(name, ExternSpec.Kind.KERNEL_FUNCTION, symbol.isWeak(), function.typeId(), 0, 0);
        }
        int type = ((Var) declaration).typeId();
        return btf.kind(btf.resolve(type)) == BtfKind.VOID
                ? new ExternSpec(name, ExternSpec.Kind.KERNEL_SYMBOL, symbol.isWeak(), 0, 0, 0)
                : new ExternSpec(name, ExternSpec.Kind.KERNEL_VARIABLE, symbol.isWeak(), type, 0, 0);
    }

    private record Config(String name, boolean weak, int typeId, int size, int alignment) {
        static Config of(Btf btf, ElfSymbol symbol, Var variable) {
            int type = variable.typeId();
            return new Config(symbol.name(), symbol.isWeak(), type, (int) btf.sizeOf(type), alignmentOf(btf, type));
        }

        private static int alignmentOf(Btf btf, int type) {
            int resolved = btf.resolve(type);
            return btf.type(resolved) instanceof BtfType.Array array
                    ? alignmentOf(btf, btf.resolve(array.elementTypeId()))
                    : (int) Math.max(1, Math.min(8, btf.sizeOf(resolved)));
        }
    }

    /** Largest alignment first, so that nothing lies between two values; then by size and name, as with libbpf. */
    private static void layOut(List<Config> configs, Map<String, ExternSpec> found) {
        configs.sort(Comparator.comparingInt(Config::alignment)
                .reversed()
                .thenComparingInt(Config::size)
                .thenComparing(Config::name));
        int offset = 0;
        for (Config config : configs) {
            offset = (offset + config.alignment() - 1) / config.alignment() * config.alignment();
            found.put(
                    config.name(),
                    new ExternSpec(
                            config.name(),
                            ExternSpec.Kind.KERNEL_CONFIG,
                            config.weak(),
                            config.typeId(),
                            offset,
                            config.size()));
            offset += config.size();
        }
    }

    /** The map of the configuration's values, to be filled when the kernel is known; nothing if there are none. */
    static @Nullable MapSpec configMap(String objectName, Map<String, ExternSpec> externs, Btf btf) {
        int size = externs.values().stream()
                .filter(e -> e.kind() == ExternSpec.Kind.KERNEL_CONFIG)
                .mapToInt(e -> e.offset() + e.size())
                .max()
                .orElse(0);
        if (size == 0) {
            return null;
        }
        MapSpec.Fields fields = DataSections.fields(objectName, ExternSpec.KCONFIG, size);
        fields.frozen = true;
        fields.flags = MapSpec.RDONLY_PROG | MapSpec.MMAPABLE;
        fields.valueTypeId = btf.dataSection(ExternSpec.KCONFIG).orElse(0);
        return MapSpec.of(fields);
    }
}
