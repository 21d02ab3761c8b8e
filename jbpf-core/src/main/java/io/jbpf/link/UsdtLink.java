package io.jbpf.link;

import io.jbpf.elf.BinaryFile;
import io.jbpf.elf.UsdtProbe;
import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.program.BpfProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program at a probe that the author of a program or library has put there (USDT), at every place where it is: a uprobe
 * each, which raises the probe's semaphore while it is there. {@code BPF_PROG_TYPE_KPROBE}, Linux 4.17, with semaphores 4.20.
 *
 * <p>Programs that use libbpf's {@code bpf/usdt.bpf.h} are told where the probe's arguments are, if they are attached with
 * their object's {@link UsdtSpecs}; {@code BpfObject.attach} does. To others {@link #probes} tells it.
 */
public final class UsdtLink implements Link {
    private final String description;
    private final List<UsdtProbe> probes;
    private final Optional<UsdtSpecs> specs;
    private final List<UprobeLink> links = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<Long> addresses = new ArrayList<>();
    private boolean closed;

    private UsdtLink(String description, List<UsdtProbe> probes, Optional<UsdtSpecs> specs) {
        this.description = description;
        this.probes = probes;
        this.specs = specs;
    }

    /**
     * Attaches a program to all places of a probe, or to none if one is refused. Needs CAP_PERFMON and CAP_BPF, or
     * CAP_SYS_ADMIN.
     *
     * @param program of type {@code KPROBE}
     * @param binary the executable or shared library, an ELF file
     * @param provider such as {@code hotspot}
     * @param probe such as {@code thread__start}
     * @param options in which process, with what cookie; at the entry, since a place has no return
     * @throws BpfException if the file has no such probe
     * @throws UnsupportedFeatureException if the kernel has no uprobes, or no cookies
     * @throws SystemCallException if the kernel refuses
     */
    public static UsdtLink attach(
            BpfProgram program, Path binary, String provider, String probe, UprobeLink.Options options) {
        return attach(program, Optional.empty(), binary, provider, probe, options);
    }

    /**
     * The same for a program that uses libbpf's {@code bpf/usdt.bpf.h}. What it gets as its attach cookie is the header's
     * business; the options' cookie is what {@code bpf_usdt_cookie} answers.
     *
     * @param program of type {@code KPROBE}
     * @param specs those of its object: {@code BpfObject.usdtSpecs()}
     * @param binary the executable or shared library, an ELF file
     * @param provider such as {@code hotspot}
     * @param probe such as {@code thread__start}
     * @param options in which process, with what cookie; at the entry, since a place has no return
     * @throws BpfException if the file has no such probe, or has its arguments where such programs cannot read them
     * @throws UnsupportedFeatureException if the kernel has no uprobes; before Linux 5.15 also if the file is loaded anywhere
     *     and the options name no process
     * @throws SystemCallException if the kernel refuses
     */
    public static UsdtLink attach(
            BpfProgram program,
            UsdtSpecs specs,
            Path binary,
            String provider,
            String probe,
            UprobeLink.Options options) {
        return attach(program, Optional.of(specs), binary, provider, probe, options);
    }

    static UsdtLink attach(
            BpfProgram program,
            Optional<UsdtSpecs> specs,
            Path binary,
            String provider,
            String probe,
            UprobeLink.Options options) {
        if (options.atReturn()) {
            throw new IllegalArgumentException("a USDT probe is a place, not a function: it has no return");
        }
        BinaryFile file = BinaryFile.read(binary);
        List<UsdtProbe> probes = file.usdtProbes(provider, probe);
        if (probes.isEmpty()) {
            throw new BpfException(binary + " has no USDT probe " + provider + ":" + probe);
        }
        UsdtLink link = new UsdtLink(
                "program '" + program.name() + "' to usdt " + binary + ":" + provider + ":" + probe, probes, specs);
        try {
            for (UsdtProbe place : probes) {
                UprobeLink.Options here = options.withReferenceCounter(place.semaphore());
                if (specs.isPresent()) {
                    here = link.describe(specs.get(), place, here, new UsdtAddresses(binary, file, options.pid()));
                }
                link.links.add(UprobeLink.attach(program, binary, place.fileOffset(), here));
            }
            return link;
        } catch (RuntimeException | Error e) {
            link.close();
            throw e;
        }
    }

    /** Puts where a place has its arguments to where the program looks; places that have them alike share an entry. */
    private UprobeLink.Options describe(
            UsdtSpecs to, UsdtProbe place, UprobeLink.Options options, UsdtAddresses where) {
        Integer known = ids.get(place.arguments());
        int id = known != null ? known : to.add(place.parseArguments(), options.cookie());
        ids.put(place.arguments(), id);
        if (KernelProbes.feature(Feature.BPF_COOKIE).isSupported()) {
            return options.withCookie(id);
        }
        long address = where.of(place);
        to.addAddress(address, id);
        addresses.add(address);
        return options.withCookie(0);
    }

    @Override
    public String description() {
        return description;
    }

    /** {@return the places, and where each has the probe's arguments} */
    public List<UsdtProbe> probes() {
        return probes;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        links.forEach(UprobeLink::close);
        specs.ifPresent(used -> {
            addresses.forEach(used::removeAddress);
            ids.values().forEach(used::release);
        });
    }

    @Override
    public String toString() {
        return description;
    }
}
