package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.BpfFs;
import io.jbpf.link.ClsactFilter;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.MarkedFilter;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramInfo;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What pinned firewalls and their datapath have left on a machine, to be taken away without taking it up: also what a newer or
 * an older version has made, and what is only half there. The caller sees to it that nobody uses it any more, as by a lock.
 *
 * <p>The order is the filters in each network namespace, then the firewalls, then the datapath: what proves that a filter is
 * ours goes last, so whoever is killed in between can begin anew.
 *
 * <p>Needs CAP_NET_ADMIN for the filters and CAP_SYS_ADMIN otherwise.
 */
public final class L4Remains {
    private final DatapathPins datapath;
    private final Set<Integer> programArrays;
    private final Set<Integer> stubs = new HashSet<>();

    private L4Remains(DatapathPins datapath, List<BpfFs> firewalls) {
        this.datapath = datapath;
        this.programArrays = datapath.programArrays();
        for (BpfFs firewall : firewalls) {
            FirewallPins pins = new FirewallPins(firewall);
            for (Direction direction : Direction.values()) {
                pins.program(direction).ifPresent(stubs::add);
            }
        }
    }

    /**
     * Looks at what is there.
     *
     * @param directory what {@link L4Datapath#open} was given; there need be no datapath in it
     * @param firewalls what {@link L4Datapath#attachPinned} was given
     * @throws BpfException if a pin cannot be opened
     */
    public static L4Remains of(BpfFs directory, List<BpfFs> firewalls) {
        return new L4Remains(new DatapathPins(directory), firewalls);
    }

    /**
     * Takes off, in the calling thread's network namespace, each clsact filter with jbpf's mark that has a stub of these
     * firewalls, or one that jumps into the datapath.
     *
     * @return how many there were
     * @throws BpfException if the kernel refuses
     */
    public int detachFilters() {
        int detached = 0;
        try (RouteSocket socket = RouteSocket.open()) {
            for (MarkedFilter filter : socket.markedFilters().list()) {
                if (isOurs(filter.programId())) {
                    ClsactFilter.find(filter.on().index(), filter.direction(), filter.name(), filter.programId())
                            .ifPresent(ClsactFilter::close);
                    detached++;
                }
            }
        }
        return detached;
    }

    private boolean isOurs(int programId) {
        if (stubs.contains(programId)) {
            return true;
        }
        try (BpfProgram program = BpfProgram.openById(programId)) {
            ProgramInfo info = program.info();
            return FirewallStubs.slot(info.name()).isPresent()
                    && info.mapIds().stream().anyMatch(programArrays::contains);
        } catch (SystemCallException e) {
            if (e.errno().equals(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Detaches the links of a firewall, whoever else holds them, and removes its pins. Its clsact filters must be off already.
     *
     * @param firewall its directory, which stays
     * @throws BpfException if the kernel refuses; what could not be detached keeps its pin
     */
    public static void removeFirewall(BpfFs firewall) {
        FirewallPins pins = new FirewallPins(firewall);
        FirewallHooks.detachLinks(pins);
        pins.remove();
    }

    /**
     * Removes the datapath, and what was left where one was being made.
     *
     * @throws BpfException if programs that jump into it are loaded still; it is not changed then
     */
    public void removeDatapath() {
        if (!programArrays.isEmpty()) {
            int remaining = new SlotClaims(0, programArrays).remaining();
            if (remaining > 0) {
                throw new BpfException("the datapath pinned in " + datapath + " is in use by " + remaining
                        + " programs still, which are attached in a network namespace that this process does not see, or"
                        + " held by another process");
            }
        }
        datapath.remove();
        datapath.removeUnfinished();
    }
}
