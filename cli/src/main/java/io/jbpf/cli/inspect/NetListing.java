package io.jbpf.cli.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.jbpf.inspect.NetworkPrograms;
import io.jbpf.inspect.NetworkPrograms.OnInterface;
import io.jbpf.link.AttachedPrograms;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.TcFilter;
import io.jbpf.netlink.XdpMode;
import io.jbpf.object.AttachType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A program that packets meet, as {@code jbpf inspect net -o json} shows it.
 *
 * @param devname the interface; null for a hook of the namespace
 * @param ifindex its index; null for a hook of the namespace
 * @param kind where: {@code xdp/generic}, {@code tcx/ingress}, {@code clsact/egress}, {@code netkit/peer}, {@code
 *     sk_lookup}, {@code flow_dissector}
 * @param order from 1, in which those of the same kind run
 * @param progId the program; 0 for a filter of classic BPF
 * @param progName its name, as far as it may be known
 * @param linkId the link that holds it, 0 if none does or the kernel does not tell
 * @param preference of a filter: the smaller runs first
 * @param handle of a filter: which one of those
 * @param name of a filter: what its owner called it
 * @param tag of a filter: the hash of the program's instructions
 * @param directAction of a filter: whether what the program returns is the verdict
 */
@JsonInclude(Include.NON_NULL)
record NetListing(
        @Nullable String devname,
        @Nullable Integer ifindex,
        String kind,
        int order,
        int progId,
        String progName,
        int linkId,
        @Nullable Integer preference,
        @Nullable Long handle,
        @Nullable String name,
        @Nullable String tag,
        @Nullable Boolean directAction) {

    static List<NetListing> of(NetworkPrograms programs) {
        ProgramNames names = new ProgramNames();
        List<NetListing> all = new ArrayList<>();
        for (OnInterface on : programs.interfaces()) {
            for (Map.Entry<XdpMode, Integer> xdp : new TreeMap<>(on.xdp()).entrySet()) {
                String mode = xdp.getKey().name().toLowerCase(Locale.ROOT);
                all.add(plain(on, "xdp/" + mode, 1, xdp.getValue(), 0, names));
            }
            addHooks(all, on, on.hooks(), names);
            for (Map.Entry<Direction, List<TcFilter>> filters : new TreeMap<>(on.filters()).entrySet()) {
                int order = 1;
                for (TcFilter filter : filters.getValue()) {
                    all.add(filter(on, filters.getKey(), order++, filter, names));
                }
            }
        }
        addHooks(all, null, programs.namespace(), names);
        return all;
    }

    private static void addHooks(
            List<NetListing> all,
            @Nullable OnInterface on,
            Map<AttachType, List<AttachedPrograms.Entry>> hooks,
            ProgramNames names) {
        for (Map.Entry<AttachType, List<AttachedPrograms.Entry>> hook : new TreeMap<>(hooks).entrySet()) {
            int order = 1;
            for (AttachedPrograms.Entry entry : hook.getValue()) {
                all.add(plain(on, section(hook.getKey()), order++, entry.programId(), entry.linkId(), names));
            }
        }
    }

    /** As the section of an object would be called: tcx/ingress, sk_lookup. */
    private static String section(AttachType type) {
        return switch (type) {
            case TCX_INGRESS -> "tcx/ingress";
            case TCX_EGRESS -> "tcx/egress";
            case NETKIT_PRIMARY -> "netkit/primary";
            case NETKIT_PEER -> "netkit/peer";
            default -> KernelNames.of(type);
        };
    }

    private static NetListing plain(
            @Nullable OnInterface on, String kind, int order, int programId, int linkId, ProgramNames names) {
        return new NetListing(
                on == null ? null : on.on().name(),
                on == null ? null : on.on().index(),
                kind,
                order,
                programId,
                names.of(programId),
                linkId,
                null,
                null,
                null,
                null,
                null);
    }

    private static NetListing filter(
            OnInterface on, Direction direction, int order, TcFilter filter, ProgramNames names) {
        TcFilter.Bpf bpf = filter.bpf().orElseThrow();
        return new NetListing(
                on.on().name(),
                on.on().index(),
                "clsact/" + direction.name().toLowerCase(Locale.ROOT),
                order,
                bpf.programId(),
                names.of(bpf.programId()),
                0,
                filter.preference(),
                Integer.toUnsignedLong(filter.handle()),
                bpf.name(),
                bpf.tag(),
                bpf.directAction());
    }
}
