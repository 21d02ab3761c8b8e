package io.jbpf.cli.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.jbpf.KernelResolution;
import io.jbpf.csource.CHeader;
import io.jbpf.elf.ElfFile;
import io.jbpf.elf.ElfSection;
import io.jbpf.object.GlobalVariable;
import io.jbpf.object.MapSpec;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object file as {@code jbpf inspect object -o json} shows it.
 *
 * @param file the path as it was given
 * @param error why it cannot be read, in one sentence; null if it can
 * @param licence what its programs tell the kernel, null if it cannot be read
 * @param sections of the ELF file
 * @param programs in the order of the file
 * @param maps the object's own, and one for each section of global variables
 * @param globals the global variables
 * @param externs what it refers to in the kernel by name
 * @param coreRelocations what it asks of the kernel's types
 * @param c the object's own types as C; empty if it has none, left out if nobody asked
 */
record ObjectListing(
        String file,
        @Nullable String error,
        @Nullable String licence,
        List<Section> sections,
        List<Program> programs,
        List<Map> maps,
        List<Global> globals,
        List<ExternListing> externs,
        List<CoreRelocationListing> coreRelocations,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String c) {

    /** A section: its name and its size in memory, in bytes. */
    record Section(String name, long size) {}

    /**
     * A program.
     *
     * @param name its function's
     * @param section that it is in
     * @param type as bpftool names it
     * @param attachType as bpftool names it, empty if it needs none
     * @param attachTarget what it is attached to, as far as the section's name tells
     * @param instructions without the sub-programs it calls
     */
    record Program(
            String name, String section, String type, String attachType, String attachTarget, int instructions) {}

    /**
     * A map.
     *
     * @param name in the source
     * @param type as bpftool names it
     * @param bytesKey the size of a key
     * @param bytesValue the size of a value
     * @param maxEntries how many entries it has room for
     * @param flags {@code BPF_F_*}
     * @param pinned whether it asks to be pinned by its name
     */
    record Map(String name, String type, int bytesKey, int bytesValue, long maxEntries, int flags, boolean pinned) {}

    /** A global variable: its name, the section it lives in, and its offset and size there in bytes. */
    record Global(String name, String section, int offset, int size) {}

    static ObjectListing of(String file, ElfFile elf, ObjectSpec spec, boolean withTypes) {
        KernelResolution here = KernelResolution.of(spec);
        return new ObjectListing(
                file,
                null,
                spec.licence(),
                elf.sections().stream()
                        .filter(section -> !section.name().isEmpty())
                        .map(ObjectListing::section)
                        .toList(),
                spec.programs().values().stream().map(ObjectListing::program).toList(),
                spec.maps().entrySet().stream()
                        .map(entry -> map(entry.getKey(), entry.getValue()))
                        .toList(),
                spec.variables().values().stream().map(ObjectListing::global).toList(),
                here.externs().stream()
                        .flatMap(extern -> spec.btf().map(types -> ExternListing.of(types, extern)).stream())
                        .toList(),
                here.coreRelocations().stream().map(CoreRelocationListing::of).toList(),
                withTypes ? types(spec) : null);
    }

    static ObjectListing unreadable(String file, String error) {
        return new ObjectListing(
                file, error, null, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), null);
    }

    /** The types of an object that has any, as C. */
    static String types(ObjectSpec spec) {
        return spec.btf().map(btf -> CHeader.types(btf).text()).orElse("");
    }

    private static Section section(ElfSection section) {
        return new Section(section.name(), section.size());
    }

    private static Program program(ProgramSpec program) {
        return new Program(
                program.name(),
                program.sectionName(),
                KernelNames.of(program.type()),
                KernelNames.attachType(program.attachType()),
                program.attachTarget(),
                program.instructionCount());
    }

    private static Map map(String name, MapSpec map) {
        return new Map(
                name,
                KernelNames.of(map.type()),
                map.keySize(),
                map.valueSize(),
                Integer.toUnsignedLong(map.maxEntries()),
                map.flags(),
                map.pinnedByName());
    }

    private static Global global(GlobalVariable variable) {
        return new Global(variable.name(), variable.sectionName(), variable.offset(), variable.size());
    }
}
