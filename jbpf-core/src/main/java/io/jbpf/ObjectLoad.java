package io.jbpf;

import io.jbpf.LoadReport.ProgramTrial;
import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfFeature;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.kernel.KernelTypes;
import io.jbpf.map.BpfMap;
import io.jbpf.object.ContextArguments;
import io.jbpf.object.ExternPlace;
import io.jbpf.object.ExternSpec;
import io.jbpf.object.LinkTarget;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramImage;
import io.jbpf.object.ProgramSpec;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramLoader;
import io.jbpf.relocation.CoreTarget;
import io.jbpf.sys.Bpf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One load of one object: BTF first, since maps and programs refer to it, then maps, since programs hold their descriptors. */
final class ObjectLoad {
    private static final Logger LOG = LoggerFactory.getLogger(ObjectLoad.class);

    private final ObjectSpec spec;
    private final LoadOptions options;
    private final Map<String, BpfMap> maps = new LinkedHashMap<>();
    private final Map<String, BpfProgram> programs = new LinkedHashMap<>();

    private final KernelTypes types = new KernelTypes();
    private final HostKernel kernel;
    private final CoreTarget coreTarget;
    private final Optional<Set<BtfFeature>> btfFeatures;
    private final Optional<ContextArguments> contexts;

    ObjectLoad(ObjectSpec spec, LoadOptions options) {
        this(spec, options, Optional.empty());
    }

    /** As though the kernel took BTF of these features alone; if nothing is given, it is asked. */
    ObjectLoad(ObjectSpec spec, LoadOptions options, Optional<Set<BtfFeature>> btfFeatures) {
        this.options = options;
        this.btfFeatures = btfFeatures;
        this.kernel = new HostKernel(spec, types, options.kernelConfig());
        // Of a kernel that the caller describes, no more is known than the caller says.
        this.coreTarget =
                options.kernelBtf().<CoreTarget>map(given -> () -> given).orElseGet(KernelBtf::target);
        this.spec = spec.withKernelFacts(kernel);
        this.contexts = ContextArguments.of(this.spec).filter(any -> KernelProbes.feature(Feature.ARGUMENT_CONTEXT_TAG)
                .isUnsupported());
    }

    BpfObject run() {
        StructOpsLoad structOps = new StructOpsLoad(spec, types);
        AttachPoints attachPoints = new AttachPoints(types, options.targetPrograms(), structOps);
        MapLoad mapLoad = new MapLoad(spec, options, structOps, maps);
        // Descriptors of modules' types must stay open until the last program is loaded.
        try (types;
                LoadedBtf btf = LoadedBtf.of(spec.name(), kernelBtf(), btfFeatures)) {
            mapLoad.createAll(btf.number());
            ProgramLoader loader = loader(btf);
            for (ProgramSpec program : spec.programs().values()) {
                if (structOps.isWanted(program)) {
                    ProgramImage image = linked(program, new Target(Map.of()));
                    BpfProgram loaded = load(loader, program, image, attachPoints);
                    programs.put(program.name(), loaded);
                    bindConstants(loaded);
                }
            }
            mapLoad.fillProgramArrays(programs);
            return new BpfObject(spec, maps, programs, structOps.values(programs));
        } catch (RuntimeException | Error e) {
            new BpfObject(spec, maps, programs, Map.of()).close();
            throw e;
        }
    }

    /**
     * Makes constants live as long as the programs, whether or not these use them, as libbpf does: tools look there for
     * what a program says of itself ({@code bpf_metadata_…}).
     */
    private void bindConstants(BpfProgram program) {
        maps.forEach((name, map) -> {
            if (spec.map(name).isDataSection() && name.startsWith(".rodata")) {
                int result = Bpf.host().programBindMap(program.fd(), map.fd());
                if (result < 0) {
                    LOG.debug("program '{}' goes without {}: {}", program.name(), name, new Errno(-result));
                }
            }
        });
    }

    /** Tries the programs one by one, each unloaded before the next, so that none is in another's way. */
    LoadReport report() {
        StructOpsLoad structOps = new StructOpsLoad(spec, types);
        AttachPoints attachPoints = new AttachPoints(types, options.targetPrograms(), structOps);
        MapLoad mapLoad = new MapLoad(spec, options, structOps, maps);
        try (types;
                LoadedBtf btf = LoadedBtf.of(spec.name(), kernelBtf(), btfFeatures)) {
            Map<String, BpfException> refusedMaps = mapLoad.tryAll(btf.number());
            LinkTarget target = new Target(refusedMaps);
            List<ProgramTrial> trials = new ArrayList<>();
            for (ProgramSpec program : spec.programs().values()) {
                ProgramSpec wanted = program.withAutoload(structOps.isWanted(program));
                trials.add(trial(wanted, target, loader(btf), attachPoints));
            }
            return new LoadReport(spec.name(), Optional.empty(), refusedMaps, trials);
        } finally {
            new BpfObject(spec, maps, programs, Map.of()).close();
        }
    }

    private ProgramTrial trial(
            ProgramSpec program, LinkTarget target, ProgramLoader loader, AttachPoints attachPoints) {
        int instructions = program.instructionCount();
        try {
            ProgramImage image = linked(program, target);
            instructions = image.instructionCount();
            try (BpfProgram loaded = load(loader, program, image, attachPoints)) {
                return new ProgramTrial(program, instructions, loaded.statistics(), Optional.empty());
            }
        } catch (BpfException e) {
            return new ProgramTrial(program, instructions, Optional.empty(), Optional.of(e));
        }
    }

    /** Hands a program over, less what this kernel does not know. */
    private static BpfProgram load(
            ProgramLoader loader, ProgramSpec program, ProgramImage image, AttachPoints attachPoints) {
        boolean old = image.tellsKernelMemoryFromUser()
                && KernelProbes.feature(Feature.PROBE_READ_KERNEL).isUnsupported();
        boolean untold = program.attachTypeOptional()
                && KernelProbes.feature(Feature.EXPECTED_ATTACH_TYPE).isUnsupported();
        boolean fine = image.calls(ProgramImage.KTIME_GET_COARSE_NS)
                && KernelProbes.helper(program.type(), ProgramImage.KTIME_GET_COARSE_NS)
                        .isUnsupported();
        ProgramImage read = old ? image.withOldProbeReads() : image;
        return loader.load(
                untold ? program.withoutAttachType() : program,
                fine ? read.withFineClock() : read,
                attachPoints.of(program));
    }

    private Optional<byte[]> kernelBtf() {
        return contexts.map(ContextArguments::kernelBtf).or(spec::kernelBtf);
    }

    private ProgramImage linked(ProgramSpec program, LinkTarget target) {
        ProgramImage image = spec.link(program, target);
        return contexts.map(arguments -> arguments.apply(program, image)).orElse(image);
    }

    private ProgramLoader loader(LoadedBtf btf) {
        ProgramLoader loader = new ProgramLoader(spec.licence(), btf.forPrograms());
        return options.statistics() ? loader.withStatistics() : loader;
    }

    /**
     * What linking asks for: descriptors of the maps just made, and the types of the kernel and of its modules if a program
     * needs them; all programs share what was read.
     */
    private final class Target implements LinkTarget {
        private final Map<String, BpfException> refusedMaps;

        Target(Map<String, BpfException> refusedMaps) {
            this.refusedMaps = refusedMaps;
        }

        @Override
        public int mapDescriptor(String mapName) {
            BpfException refused = refusedMaps.get(mapName);
            if (refused != null) {
                throw refused;
            }
            BpfMap map = maps.get(mapName);
            if (map == null) {
                throw new IllegalArgumentException("no map '" + mapName + "'");
            }
            int number = map.fd().acquire();
            map.fd().release();
            return number;
        }

        @Override
        public long dataOffset(String mapName) {
            BpfMap map = maps.get(mapName);
            MapSpec wanted = spec.map(mapName);
            return map != null && wanted.type() == MapType.ARENA ? ArenaVariables.offset(wanted, map) : 0;
        }

        @Override
        public Btf kernelBtf() {
            return coreTarget.kernelBtf();
        }

        @Override
        public List<Module> modules() {
            return coreTarget.modules();
        }

        @Override
        public ExternPlace extern(ExternSpec extern) {
            return kernel.place(extern);
        }
    }
}
