package io.jbpf;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.VerifierException;
import io.jbpf.link.AutoAttach;
import io.jbpf.link.Link;
import io.jbpf.link.NoAutoAttachException;
import io.jbpf.link.StructOpsLink;
import io.jbpf.link.UsdtSpecs;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramSpec;
import io.jbpf.program.BpfProgram;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An object file in the kernel: its maps and programs, owned together. Closing it closes them all; what a link, a pin or
 * another process still holds stays alive in the kernel.
 */
public final class BpfObject implements AutoCloseable {
    /** linux/bpf.h: the map is registered by a link. */
    static final int BPF_F_LINK = 1 << 13;

    private final String name;
    private final Map<String, BpfMap> maps;
    private final Map<String, BpfProgram> programs;

    private final LoadedVariables variables;

    private final Map<String, byte[]> structOps;

    private final Map<String, ProgramSpec> specs;

    /** Made when first asked for. */
    private Optional<UsdtSpecs> usdtSpecs = Optional.empty();

    BpfObject(
            ObjectSpec spec,
            Map<String, BpfMap> maps,
            Map<String, BpfProgram> programs,
            Map<String, byte[]> structOps) {
        this.name = spec.name();
        this.specs = spec.programs();
        this.structOps = structOps;
        this.variables = new LoadedVariables(spec, maps);
        this.maps = Collections.unmodifiableMap(maps);
        this.programs = Collections.unmodifiableMap(programs);
    }

    /**
     * Makes the maps and loads the programs of an object. If anything fails, nothing is left behind.
     *
     * @param spec what to load; programs whose {@code autoload} is off are left out
     * @throws VerifierException if the verifier refuses a program
     * @throws SystemCallException if the kernel refuses otherwise ({@link Errno#EPERM}: see its hint)
     * @throws BpfException if it asks for what this kernel lacks
     */
    public static BpfObject load(ObjectSpec spec) {
        return load(spec, LoadOptions.DEFAULTS);
    }

    /**
     * Makes or reuses the maps and loads the programs of an object. If anything fails, nothing is left behind.
     *
     * @param spec what to load
     * @param options where pins are and which maps are there already
     * @throws BpfException as {@link #load(ObjectSpec)}, and if a map to reuse does not fit
     */
    public static BpfObject load(ObjectSpec spec, LoadOptions options) {
        return new ObjectLoad(spec, options).run();
    }

    /**
     * Tries what of an object this kernel takes, and leaves nothing behind: its maps are made and its programs loaded one
     * by one, each on its own, so that one that is refused does not hide what becomes of the next. Programs whose {@code
     * autoload} is off are tried too.
     *
     * <p>Use it to tell a user what is missing, or to load the best of several variants of a program: {@link
     * LoadReport#loadable} is the object without what was refused.
     *
     * @param spec what to try
     * @param options as for {@link #load(ObjectSpec, LoadOptions)}; nothing is pinned, but a map that has its pin already
     *     must fit it
     * @return what became of each map and program
     */
    public static LoadReport check(ObjectSpec spec, LoadOptions options) {
        ObjectLoad load;
        try {
            load = new ObjectLoad(spec, options);
        } catch (BpfException e) {
            return LoadReport.refused(spec, e);
        }
        return load.report();
    }

    /** {@return the object's name} */
    public String name() {
        return name;
    }

    /**
     * A map by its name in the source; a data section by the section's: {@code .bss}.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public BpfMap map(String mapName) {
        return required(maps, mapName, "map");
    }

    /**
     * A program by the name of its function.
     *
     * @throws IllegalArgumentException if there is none of that name, or it was not loaded
     */
    public BpfProgram program(String programName) {
        return required(programs, programName, "program");
    }

    /**
     * A global variable by its name in C.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public LoadedVariable variable(String variableName) {
        return variables.variable(variableName);
    }

    /**
     * The value of a struct_ops map as this kernel wants it, with the descriptors of the loaded programs: putting it into
     * the map registers the implementation, at once or, for a map of {@code .struct_ops.link}, when it is linked.
     *
     * @param mapName the map's name
     * @return a copy; good as long as this object is open
     * @throws IllegalArgumentException if there is no struct_ops map of that name
     */
    public byte[] structOpsValue(String mapName) {
        return required(structOps, mapName, "struct_ops map").clone();
    }

    /**
     * Attaches a program where its section's name says: {@code tp/syscalls/sys_enter_openat}, {@code kprobe/do_nanosleep}.
     *
     * @param programName the name of its function
     * @return the link; closing it detaches the program
     * @throws IllegalArgumentException if there is none of that name, or it was not loaded
     * @throws NoAutoAttachException if the section's name does not say enough: an interface or a cgroup is missing
     * @throws BpfException if the kernel refuses
     */
    public Link attach(String programName) {
        BpfProgram program = program(programName);
        return AutoAttach.attach(program, required(specs, programName, "program"), usdtSpecs());
    }

    /**
     * What programs that use libbpf's {@code bpf/usdt.bpf.h} look up, for {@link io.jbpf.link.UsdtLink#attach}.
     *
     * @return empty if the object does not use it
     * @throws BpfException if it uses a version of the header that this library does not know
     */
    public synchronized Optional<UsdtSpecs> usdtSpecs() {
        if (usdtSpecs.isEmpty() && maps.keySet().containsAll(List.of(UsdtSpecs.SPECS_MAP, UsdtSpecs.ADDRESSES_MAP))) {
            usdtSpecs = Optional.of(UsdtSpecs.of(map(UsdtSpecs.SPECS_MAP), map(UsdtSpecs.ADDRESSES_MAP)));
        }
        return usdtSpecs;
    }

    /**
     * Registers a struct_ops map of the section {@code .struct_ops.link}. Linux 6.4.
     *
     * @param mapName the map's name
     * @return the link; closing it unregisters the implementation
     * @throws IllegalArgumentException if there is no struct_ops map of that name
     * @throws BpfException if the map is not for a link, or the kernel refuses
     */
    public StructOpsLink attachStructOps(String mapName) {
        byte[] value = structOpsValue(mapName);
        BpfMap map = map(mapName);
        if ((map.info().flags() & BPF_F_LINK) == 0) {
            throw new BpfException("struct_ops map '" + mapName
                    + "' is not of .struct_ops.link: it is registered by putting structOpsValue() into it");
        }
        try {
            map.typed(Codec.u32(), Codec.bytes(value.length)).put(0, value);
        } catch (SystemCallException e) {
            // It holds its value since an earlier link.
            if (!e.errno().equals(Errno.EBUSY)) {
                throw e;
            }
        }
        return StructOpsLink.attach(map);
    }

    /**
     * Attaches every loaded program whose section's name says where, and registers the maps of {@code .struct_ops.link}. If one fails, none is left attached; those that need
     * something more, such as an interface, are left out, and {@link AttachedObject#left} says what they need.
     *
     * @return the links; closing it detaches the programs
     * @throws BpfException if the kernel refuses one
     */
    public AttachedObject attach() {
        return AttachedObject.attach(this, specs, structOps.keySet());
    }

    /** {@return the maps by name; unmodifiable} */
    public Map<String, BpfMap> maps() {
        return maps;
    }

    /** {@return the loaded programs by name; unmodifiable} */
    public Map<String, BpfProgram> programs() {
        return programs;
    }

    private <T> T required(Map<String, T> all, String wanted, String kind) {
        T found = all.get(wanted);
        if (found == null) {
            throw new IllegalArgumentException(
                    "object '" + name + "' has no " + kind + " '" + wanted + "', only " + all.keySet());
        }
        return found;
    }

    @Override
    public void close() {
        programs.values().forEach(BpfProgram::close);
        maps.values().forEach(BpfMap::close);
    }
}
