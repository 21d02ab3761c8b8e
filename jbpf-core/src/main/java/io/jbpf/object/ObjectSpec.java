package io.jbpf.object;

import io.jbpf.btf.Btf;
import io.jbpf.elf.ElfFile;
import io.jbpf.error.BpfException;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.relocation.CoreRelocator;
import io.jbpf.relocation.CoreResolution;
import io.jbpf.relocation.CoreTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An object file, compiled by clang from C (or Rust) for BPF, as plain data: programs, maps, variables and types.
 * Immutable: the {@code with…} methods return edited copies, which share what they do not change.
 *
 * <pre>{@code
 * ObjectSpec spec = ObjectSpec.read(Path.of("filter.bpf.o"))
 *         .withVariable("sample_every", 100)
 *         .withMap("flows", map -> map.withMaxEntries(1 << 16));
 * }</pre>
 */
public final class ObjectSpec {
    private final String name;
    private final ByteOrder byteOrder;
    private final String licence;
    private final Map<String, ProgramSpec> programs;
    private final List<Function> subprograms;
    private final Map<String, MapSpec> maps;
    private final Map<String, GlobalVariable> variables;
    private final Map<String, ExternSpec> externs;
    private final @Nullable Btf btf;
    private final byte @Nullable [] kernelBtf;

    ObjectSpec(
            String name,
            ByteOrder byteOrder,
            String licence,
            Map<String, ProgramSpec> programs,
            List<Function> subprograms,
            Map<String, MapSpec> maps,
            Map<String, GlobalVariable> variables,
            Map<String, ExternSpec> externs,
            @Nullable Btf btf,
            byte @Nullable [] kernelBtf) {
        this.name = name;
        this.byteOrder = byteOrder;
        this.licence = licence;
        this.programs = Collections.unmodifiableMap(new LinkedHashMap<>(programs));
        this.subprograms = List.copyOf(subprograms);
        this.maps = Collections.unmodifiableMap(new LinkedHashMap<>(maps));
        this.variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
        this.externs = Collections.unmodifiableMap(new LinkedHashMap<>(externs));
        this.btf = btf;
        this.kernelBtf = kernelBtf;
    }

    /**
     * Reads an object file from disk. It is named like the file, up to the first dot.
     *
     * @param file the file
     * @return the spec
     * @throws BpfException if the file cannot be read
     * @throws MalformedObjectException if it is not an object file for BPF, or damaged
     */
    public static ObjectSpec read(Path file) {
        return read(file, SectionNames.STANDARD);
    }

    /**
     * Reads an object file from disk, with section names of one's own.
     *
     * @param file the file
     * @param names what the names of its sections say about the programs
     * @return the spec
     * @throws BpfException if the file cannot be read
     * @throws MalformedObjectException if it is not an object file for BPF, or damaged
     */
    public static ObjectSpec read(Path file, SectionNames names) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new BpfException("cannot read object file " + file + ": there is no such file", e);
        } catch (IOException e) {
            throw new BpfException("cannot read object file " + file + ": " + e.getMessage(), e);
        }
        Path last = file.getFileName();
        String fileName = last == null ? file.toString() : last.toString();
        int dot = fileName.indexOf('.');
        return parse(dot > 0 ? fileName.substring(0, dot) : fileName, bytes, names);
    }

    /**
     * Reads an object file from memory.
     *
     * @param name what to call it; the maps of its data sections are named after it
     * @param bytes the file's content; not changed, and not kept
     * @return the spec
     * @throws MalformedObjectException if it is not an object file for BPF, or damaged
     */
    public static ObjectSpec parse(String name, byte[] bytes) {
        return parse(name, bytes, SectionNames.STANDARD);
    }

    /**
     * Reads an object file from memory, with section names of one's own.
     *
     * @param name what to call it; the maps of its data sections are named after it
     * @param bytes the file's content; not changed, and not kept
     * @param names what the names of its sections say about the programs
     * @return the spec
     * @throws MalformedObjectException if it is not an object file for BPF, or damaged
     */
    public static ObjectSpec parse(String name, byte[] bytes, SectionNames names) {
        return new ObjectReader(ElfFile.parse(name, bytes.clone()), names).read();
    }

    /** {@return what it is called} */
    public String name() {
        return name;
    }

    /** {@return the byte order it was compiled for: only the machine's own can be loaded} */
    public ByteOrder byteOrder() {
        return byteOrder;
    }

    /** {@return the licence its programs declare, such as {@code GPL}; empty if none} */
    public String licence() {
        return licence;
    }

    /** {@return the programs by name, in the order of the file} */
    public Map<String, ProgramSpec> programs() {
        return programs;
    }

    /**
     * A program.
     *
     * @param program its name
     * @return the spec
     * @throws IllegalArgumentException if there is none of that name; says which there are
     */
    public ProgramSpec program(String program) {
        return find("program", program, programs);
    }

    /**
     * All maps, in the order of the file: those declared, under the names of their variables, and those that hold data
     * sections, under the names of the sections.
     *
     * @return the maps by name
     */
    public Map<String, MapSpec> maps() {
        return maps;
    }

    /**
     * A map.
     *
     * @param map its name, as in {@link #maps()}
     * @return the spec
     * @throws IllegalArgumentException if there is none of that name; says which there are
     */
    public MapSpec map(String map) {
        return find("map", map, maps);
    }

    /** {@return the global variables by name} */
    public Map<String, GlobalVariable> variables() {
        return variables;
    }

    /**
     * A global variable.
     *
     * @param variable its name
     * @return where it lies
     * @throws IllegalArgumentException if there is none of that name; says which there are
     */
    public GlobalVariable variable(String variable) {
        return find("global variable", variable, variables);
    }

    /** {@return what the object refers to in the kernel, by the names of the symbols} */
    public Map<String, ExternSpec> externs() {
        return externs;
    }

    /**
     * The same object with its configuration externs ({@code __kconfig}) filled in.
     *
     * @param kernel what is asked for; only what the object declares is looked up
     * @return the edited copy; this object if it declares none
     * @throws BpfException if an option that is not weak is not set, or does not go into its variable
     */
    public ObjectSpec withKernelFacts(KernelFacts kernel) {
        if (!maps.containsKey(ExternSpec.KCONFIG) || btf == null) {
            return this;
        }
        ConfigFacts facts = new ConfigFacts(name, btf, byteOrder, kernel);
        ByteBuffer content = ByteBuffer.allocate(map(ExternSpec.KCONFIG).valueSize());
        for (ExternSpec extern : externs.values()) {
            if (extern.kind() == ExternSpec.Kind.KERNEL_CONFIG) {
                facts.fact(extern)
                        .map(ConfigFacts.Fact::bytes)
                        .ifPresent(bytes -> content.put(extern.offset(), bytes, 0, bytes.remaining()));
            }
        }
        return withMap(ExternSpec.KCONFIG, map -> map.withInitialValue(content.array()));
    }

    /**
     * What a configuration extern is on one kernel, without {@linkplain #withKernelFacts filling} anything in.
     *
     * @param extern one of {@link #externs()}, of the kind {@link ExternSpec.Kind#KERNEL_CONFIG}
     * @param kernel what is asked for it
     * @return the value as {@code .config} would have it; empty if the extern is weak and its option is not set
     * @throws BpfException if the option is not set and not weak, or does not go into its variable
     * @throws IllegalArgumentException if it is no configuration extern of this object
     */
    public Optional<String> kernelFact(ExternSpec extern, KernelFacts kernel) {
        if (extern.kind() != ExternSpec.Kind.KERNEL_CONFIG || !externs.containsValue(extern) || btf == null) {
            throw new IllegalArgumentException(extern + " is no configuration extern of " + name);
        }
        return new ConfigFacts(name, btf, byteOrder, kernel).fact(extern).map(ConfigFacts.Fact::text);
    }

    /**
     * The same object with another spec for one map.
     *
     * @param map the map's name, as in {@link #maps()}
     * @param edit makes the new spec of the old one
     * @return the edited copy
     * @throws IllegalArgumentException if there is no such map
     */
    public ObjectSpec withMap(String map, UnaryOperator<MapSpec> edit) {
        Map<String, MapSpec> edited = new LinkedHashMap<>(maps);
        edited.put(map, edit.apply(map(map)));
        return new ObjectSpec(
                name, byteOrder, licence, programs, subprograms, edited, variables, externs, btf, kernelBtf);
    }

    /**
     * The same object with another spec for one program.
     *
     * @param program the program's name
     * @param edit makes the new spec of the old one
     * @return the edited copy
     * @throws IllegalArgumentException if there is no such program
     */
    public ObjectSpec withProgram(String program, UnaryOperator<ProgramSpec> edit) {
        Map<String, ProgramSpec> edited = new LinkedHashMap<>(programs);
        edited.put(program, edit.apply(program(program)));
        return new ObjectSpec(name, byteOrder, licence, edited, subprograms, maps, variables, externs, btf, kernelBtf);
    }

    /**
     * The same object with another value for a variable that is an integer.
     *
     * @param variable the variable's name
     * @param value the value; must fit the variable as a signed or as an unsigned number
     * @return the edited copy
     * @throws IllegalArgumentException if there is no such variable, it is not 1, 2, 4 or 8 bytes large, or the value
     *     does not fit
     */
    public ObjectSpec withVariable(String variable, long value) {
        int size = variable(variable).size();
        if (size != 1 && size != 2 && size != 4 && size != 8) {
            throw new IllegalArgumentException("variable '" + variable + "' of " + name + " is no integer: it has "
                    + size + " bytes; give it an array of bytes");
        }
        int bits = 8 * size;
        if (bits < Long.SIZE && (value < -(1L << (bits - 1)) || value >= 1L << bits)) {
            throw new IllegalArgumentException(
                    value + " does not fit variable '" + variable + "' of " + name + ", which has " + size + " bytes");
        }
        byte[] all =
                ByteBuffer.allocate(Long.BYTES).order(byteOrder).putLong(value).array();
        byte[] bytes = new byte[size];
        System.arraycopy(all, byteOrder == ByteOrder.LITTLE_ENDIAN ? 0 : Long.BYTES - size, bytes, 0, size);
        return withVariable(variable, bytes);
    }

    /**
     * The same object with another value for a variable.
     *
     * @param variable the variable's name
     * @param value as many bytes as the variable has, numbers in {@link #byteOrder()}
     * @return the edited copy
     * @throws IllegalArgumentException if there is no such variable, or it has another size
     */
    public ObjectSpec withVariable(String variable, byte[] value) {
        GlobalVariable place = variable(variable);
        if (value.length != place.size()) {
            throw new IllegalArgumentException(
                    "variable '" + variable + "' of " + name + " has " + place.size() + " bytes, not " + value.length);
        }
        return withMap(place.sectionName(), map -> {
            byte[] content = map.initialValue().orElseGet(() -> new byte[map.valueSize()]);
            System.arraycopy(value, 0, content, place.offset(), value.length);
            return map.withInitialValue(content);
        });
    }

    /** {@return the object's types, as the compiler wrote them; empty if it was compiled without {@code -g}} */
    public Optional<Btf> btf() {
        return Optional.ofNullable(btf);
    }

    /**
     * The object's types as bpf(BPF_BTF_LOAD) wants them: with the sizes and offsets of data sections filled in. Ids are
     * those of {@link #btf()}.
     *
     * @return the blob, a copy; empty if the object has no types
     */
    public Optional<byte[]> kernelBtf() {
        return Optional.ofNullable(kernelBtf).map(byte[]::clone);
    }

    /**
     * Puts a program together for one kernel: its sub-programs behind it, descriptors of maps, variables and callees
     * filled in, types fitted to the kernel's.
     *
     * @param program one of {@link #programs()}
     * @param target the maps, and the types of the kernel and of its modules
     * @return what bpf(BPF_PROG_LOAD) takes
     * @throws BpfException if the program refers to what cannot be filled in; says which and why
     */
    public ProgramImage link(ProgramSpec program, LinkTarget target) {
        return new Linker(this, subprograms, target).link(program);
    }

    /**
     * What the object's CO-RE relocations come to on one kernel. Nothing is linked or changed, and none of them makes
     * this fail: what is wrong with one is its {@linkplain CoreResolution#outcome() outcome}.
     *
     * @param kernel gives the types of the kernel, as in {@code /sys/kernel/btf/vmlinux}, and of its modules; asked only if
     *     they are needed. An {@link UnsupportedFeatureException} says that there are none
     * @return each relocation once, in the order of {@link #programs()}, then of the sub-programs they call
     */
    public List<CoreResolution> coreRelocations(CoreTarget kernel) {
        if (btf == null) {
            return List.of();
        }
        CoreRelocator relocator = new CoreRelocator(btf, kernel);
        return Stream.concat(programs.values().stream().map(ProgramSpec::function), subprograms.stream())
                .flatMap(function -> function.code().coreRelocations(function).entrySet().stream()
                        .map(at -> relocator.resolve(
                                at.getValue(),
                                function.code().instructions(function),
                                at.getKey() - function.start(),
                                function.name())))
                .toList();
    }

    private <T> T find(String what, String wanted, Map<String, T> all) {
        T found = all.get(wanted);
        if (found == null) {
            throw new IllegalArgumentException("object " + name + " has no " + what + " '" + wanted + "'; it has "
                    + (all.isEmpty() ? "none" : String.join(", ", all.keySet())));
        }
        return found;
    }

    /** {@return name and contents} */
    @Override
    public String toString() {
        return name + " (programs " + programs.keySet() + ", maps " + maps.keySet() + ")";
    }
}
