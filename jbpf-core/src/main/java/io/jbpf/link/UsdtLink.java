package io.jbpf.link;

import io.jbpf.elf.BinaryFile;
import io.jbpf.elf.UsdtProbe;
import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.program.BpfProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program at a probe that the author of a program or library has put there (USDT), at every place where it is: a uprobe
 * each, which raises the probe's semaphore while it is there. {@code BPF_PROG_TYPE_KPROBE}, Linux 4.17, with semaphores 4.20.
 * Where the probe's arguments are, {@link #probes} tells; to find them is the program's own business.
 */
public final class UsdtLink implements Link {
    private final String description;
    private final List<UsdtProbe> probes;
    private final List<UprobeLink> links = new ArrayList<>();

    private UsdtLink(String description, List<UsdtProbe> probes) {
        this.description = description;
        this.probes = probes;
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
        if (options.atReturn()) {
            throw new IllegalArgumentException("a USDT probe is a place, not a function: it has no return");
        }
        List<UsdtProbe> probes = BinaryFile.read(binary).usdtProbes(provider, probe);
        if (probes.isEmpty()) {
            throw new BpfException(binary + " has no USDT probe " + provider + ":" + probe);
        }
        UsdtLink link = new UsdtLink(
                "program '" + program.name() + "' to usdt " + binary + ":" + provider + ":" + probe, probes);
        try {
            for (UsdtProbe place : probes) {
                link.links.add(UprobeLink.attach(
                        program, binary, place.fileOffset(), options.withReferenceCounter(place.semaphore())));
            }
            return link;
        } catch (RuntimeException | Error e) {
            link.close();
            throw e;
        }
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
    public void close() {
        links.forEach(UprobeLink::close);
    }

    @Override
    public String toString() {
        return description;
    }
}
