package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfExt;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.DataSection;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.btf.BtfType.Var;
import io.jbpf.elf.ElfFile;
import io.jbpf.elf.ElfRelocation;
import io.jbpf.elf.ElfSection;
import io.jbpf.elf.ElfSymbol;
import io.jbpf.error.MalformedObjectException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Takes an ELF file apart into the specs of its programs, maps and variables. */
final class ObjectReader {
    private static final String LEGACY_MAPS = "maps";
    private static final String ARENA_DATA = ".addr_space.1";

    private final ElfFile elf;
    private final SectionNames names;
    private final Map<String, ElfSymbol> symbolsByName = new HashMap<>();
    private final byte @Nullable [] btfBytes;
    private final @Nullable Btf btf;
    private final @Nullable BtfExt ext;
    private final Map<String, MapSpec> maps = new LinkedHashMap<>();
    private final Map<Integer, NavigableMap<Long, String>> mapsBySection = new HashMap<>();
    private final Map<Integer, String> dataBySection = new HashMap<>();
    private @Nullable String arenaMap;

    ObjectReader(ElfFile elf, SectionNames names) {
        this.names = names;
        this.elf = elf;
        for (ElfSymbol symbol : elf.symbols()) {
            if (!symbol.isLocal()) {
                symbolsByName.put(symbol.name(), symbol);
            }
        }
        this.btfBytes = elf.section(".BTF").map(ElfSection::bytes).orElse(null);
        this.btf = btfBytes == null ? null : Btf.parse(elf.name(), btfBytes);
        Btf types = btf;
        this.ext = types == null
                ? null
                : elf.section(".BTF.ext")
                        .map(s -> BtfExt.parse(elf.name(), s.bytes(), types))
                        .orElse(null);
    }

    ObjectSpec read() {
        if (elf.sections().stream().noneMatch(section -> section.type() == ElfSection.SHT_SYMTAB)) {
            throw malformed(
                    ".symtab",
                    "there is no symbol table, and without one no program can be told from the next; the file was"
                            + " stripped: use llvm-strip -g, which takes debugging information only");
        }
        readMaps();
        for (ElfSection section : elf.sections()) {
            if (section.name().equals(LEGACY_MAPS) && section.size() > 0) {
                throw malformed(
                        LEGACY_MAPS,
                        "maps of the old kind (struct bpf_map_def in SEC(\"maps\")) are not supported, as with libbpf"
                                + " 1.0; declare them with BTF in SEC(\".maps\")");
            }
            if (section.name().equals(ARENA_DATA) && section.size() > 0 && !section.isExecutable()) {
                readArenaData(section);
            } else if (DataSections.isData(section)) {
                dataBySection.put(section.index(), section.name());
                if (maps.putIfAbsent(section.name(), DataSections.map(elf.name(), section, btf, this::isHidden))
                        != null) {
                    throw malformed(section.name(), "there are two sections of this name");
                }
            }
        }
        Map<String, ExternSpec> externs = Externs.read(elf, btf);
        MapSpec config = btf == null ? null : Externs.configMap(elf.name(), externs, btf);
        if (config != null) {
            maps.put(ExternSpec.KCONFIG, config);
        }
        Map<String, ProgramSpec> programs = new LinkedHashMap<>();
        List<Function> subprograms = new ArrayList<>();
        List<String> hidden = new ArrayList<>();
        readCode(programs, subprograms, externs);
        readStructOps(programs);
        symbolsByName.values().stream()
                .filter(s -> s.isFunction() && s.isHidden())
                .forEach(s -> hidden.add(s.name()));
        byte[] kernelBtf = btf == null || btfBytes == null
                ? null
                : new KernelBtf(elf, btf, symbolsByName, externs).complete(btfBytes, hidden);
        return new ObjectSpec(
                elf.name(),
                elf.byteOrder(),
                licence(),
                programs,
                subprograms,
                maps,
                variables(),
                externs,
                btf,
                kernelBtf);
    }

    private boolean isHidden(String name) {
        ElfSymbol symbol = symbolsByName.get(name);
        return symbol != null && symbol.isHidden();
    }

    private String licence() {
        return elf.section("license")
                .map(s -> {
                    byte[] bytes = s.bytes();
                    int end = 0;
                    while (end < bytes.length && bytes[end] != 0) {
                        end++;
                    }
                    return new String(bytes, 0, end, StandardCharsets.UTF_8);
                })
                .orElse("");
    }

    private void readCode(
            Map<String, ProgramSpec> programs, List<Function> subprograms, Map<String, ExternSpec> externs) {
        CodeReader reader = new CodeReader(elf, ext, mapsBySection, dataBySection, externs);
        for (ElfSection section : elf.sections()) {
            if (!section.isExecutable() || section.type() != ElfSection.SHT_PROGBITS || section.size() == 0) {
                continue;
            }
            for (Function function : reader.read(section)) {
                if (section.name().equals(CodeReader.TEXT)) {
                    subprograms.add(function);
                } else if (programs.put(function.name(), ProgramSpec.of(function, names)) != null) {
                    throw malformed(section.name(), "two programs are called '" + function.name() + "'");
                }
            }
        }
    }

    private void readStructOps(Map<String, ProgramSpec> programs) {
        for (ElfSection section : elf.sections()) {
            if (StructOpsReader.isStructOps(section) && section.size() > 0) {
                if (btf == null) {
                    throw malformed(section.name(), "struct_ops maps need BTF; compile with clang -g");
                }
                new StructOpsReader(elf, btf, programs.values()).read(section, maps);
            }
        }
    }

    private List<String> arenas() {
        return maps.entrySet().stream()
                .filter(map -> map.getValue().type() == MapType.ARENA)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Variables in an arena belong to the object's one arena map. */
    private void readArenaData(ElfSection section) {
        List<String> arenas = arenas();
        if (arenas.isEmpty()) {
            throw malformed(
                    ARENA_DATA, "variables in an arena need an arena; declare a BPF_MAP_TYPE_ARENA in SEC(\".maps\")");
        }
        String arena = arenas.get(0);
        byte[] data = section.isZeroes() ? new byte[Math.toIntExact(section.size())] : section.bytes();
        maps.computeIfPresent(arena, (any, map) -> map.withArenaData(data));
        dataBySection.put(section.index(), arena);
        arenaMap = arena;
    }

    private void readMaps() {
        ElfSection section = elf.section(MapDefinitions.SECTION).orElse(null);
        if (section == null) {
            return;
        }
        if (btf == null) {
            throw malformed(MapDefinitions.SECTION, "maps need BTF to be understood; compile with clang -g");
        }
        Map<String, MapDefinitions.Definition> definitions = new MapDefinitions(elf.name(), btf).read();
        NavigableMap<Long, String> byOffset = new TreeMap<>();
        mapsBySection.put(section.index(), byOffset);
        for (Map.Entry<String, MapDefinitions.Definition> entry : definitions.entrySet()) {
            ElfSymbol symbol = mapSymbol(section, entry.getKey());
            byOffset.put(symbol.value(), entry.getKey());
            maps.put(entry.getKey(), entry.getValue().spec());
        }
        if (arenas().size() > 1) {
            // The verifier takes a program with one arena only (do_misc_fixups and check_map_prog_compatibility).
            throw malformed(
                    section.name(),
                    "maps " + arenas() + " are arenas, and an object may have one; put the others into"
                            + " objects of their own");
        }
        readSlots(section, definitions, byOffset);
    }

    private ElfSymbol mapSymbol(ElfSection section, String name) {
        return elf.symbols().stream()
                .filter(s -> s.sectionIndex() == section.index() && s.name().equals(name))
                .findFirst()
                .orElseThrow(() -> malformed(section.name(), "map '" + name + "' has types but no symbol"));
    }

    /** What {@code .values = { [3] = &other }} puts into maps of maps and of programs. */
    private void readSlots(
            ElfSection section,
            Map<String, MapDefinitions.Definition> definitions,
            NavigableMap<Long, String> byOffset) {
        Map<String, Map<Integer, String>> slots = new HashMap<>();
        for (ElfRelocation relocation : elf.relocations(section)) {
            Map.Entry<Long, String> owner = byOffset.floorEntry(relocation.offset());
            MapDefinitions.Definition definition = owner == null ? null : definitions.get(owner.getValue());
            if (owner == null || definition == null) {
                throw malformed(section.name(), "a value is set at " + relocation.offset() + ", before the first map");
            }
            long valuesOffset = definition.struct().members().stream()
                    .filter(m -> m.name().equals("values"))
                    .mapToLong(Member::byteOffset)
                    .findFirst()
                    .orElseThrow(() -> malformed(
                            section.name(), "map '" + owner.getValue() + "' has values but does not declare them"));
            long at = relocation.offset() - owner.getKey() - valuesOffset;
            if (at < 0 || at % Btf.POINTER_SIZE != 0 || at / Btf.POINTER_SIZE > Integer.MAX_VALUE) {
                throw malformed(section.name(), "map '" + owner.getValue() + "' has a value at offset " + at);
            }
            slots.computeIfAbsent(owner.getValue(), any -> new TreeMap<>())
                    .put(
                            (int) (at / Btf.POINTER_SIZE),
                            elf.symbols().get(relocation.symbolIndex()).name());
        }
        slots.forEach((name, values) -> maps.computeIfPresent(name, (any, spec) -> spec.withSlots(values)));
    }

    private Map<String, GlobalVariable> variables() {
        Map<String, GlobalVariable> variables = new LinkedHashMap<>();
        if (btf == null) {
            return variables;
        }
        for (int id = btf.firstId(); id <= btf.lastId(); id++) {
            if (btf.kind(id) == BtfKind.DATASEC) {
                String section = btf.typeName(id);
                String owner = section.equals(ARENA_DATA) ? arenaMap : section;
                MapSpec map = owner == null ? null : maps.get(owner);
                if (owner != null && map != null && (map.isDataSection() || section.equals(ARENA_DATA))) {
                    int size = map.isDataSection()
                            ? map.valueSize()
                            : map.initialValue().map(data -> data.length).orElse(0);
                    variables(btf, (DataSection) btf.type(id), owner, size, variables);
                }
            }
        }
        return variables;
    }

    private void variables(
            Btf types, DataSection section, String owner, int size, Map<String, GlobalVariable> variables) {
        for (SectionEntry entry : section.entries()) {
            BtfType type = types.type(entry.typeId());
            if (!(type instanceof Var variable) || variable.linkage() == Linkage.EXTERN) {
                continue;
            }
            ElfSymbol symbol = symbolsByName.get(variable.name());
            long offset = variable.linkage() == Linkage.GLOBAL && symbol != null ? symbol.value() : entry.offset();
            if (offset < 0 || entry.size() > size || offset > size - entry.size()) {
                throw malformed(
                        section.name(),
                        "variable '" + variable.name() + "' (" + entry.size() + " bytes at " + offset
                                + ") is outside the section of " + size + " bytes");
            }
            GlobalVariable global =
                    new GlobalVariable(variable.name(), owner, (int) offset, (int) entry.size(), variable.typeId());
            // Static variables of different functions may share a name: the first keeps it, a global one takes it.
            if (variable.linkage() == Linkage.GLOBAL) {
                variables.put(variable.name(), global);
            } else {
                variables.putIfAbsent(variable.name(), global);
            }
        }
    }

    private MalformedObjectException malformed(String section, String problem) {
        return new MalformedObjectException(elf.name(), section, 0, problem);
    }
}
