package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.link.ClsactFilter;
import io.jbpf.link.KernelLink;
import io.jbpf.link.Link;
import io.jbpf.link.TcxLink;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.TcFilter;
import io.jbpf.netlink.UnknownInterfaceException;
import io.jbpf.object.AttachType;
import io.jbpf.program.BpfProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Where a firewall's two stubs hang: on each of its interfaces, in either direction. */
final class FirewallHooks {
    static final String INGRESS = "l4_ingress";
    static final String EGRESS = "l4_egress";

    private final List<Link> links = new ArrayList<>();
    private final Set<Integer> linkIds = new HashSet<>();

    /**
     * Attaches stubs.
     *
     * @param pins where links are pinned as soon as they are made, if anywhere
     * @throws BpfException if the kernel refuses; {@link #detach} what is attached then
     */
    void attach(FirewallStubs stubs, FirewallIdentity identity, Optional<FirewallPins> pins) {
        for (int index : identity.interfaces()) {
            // Egress first: what the inside begins from here on is known before an answer is judged.
            for (Direction direction : List.of(Direction.EGRESS, Direction.INGRESS)) {
                attach(stubs.get(direction), identity, index, direction, pins);
            }
        }
    }

    private void attach(
            BpfProgram program,
            FirewallIdentity identity,
            int index,
            Direction direction,
            Optional<FirewallPins> pins) {
        switch (identity.hook()) {
            case TCX -> {
                TcxLink link = TcxLink.attach(program, index, attachType(direction));
                add(link);
                pins.ifPresent(to -> link.pin(to.link(index, direction)));
            }
            case CLSACT -> add(ClsactFilter.attach(program, index, direction, identity.name()));
        }
    }

    private void add(Link link) {
        links.add(link);
        if (link instanceof TcxLink tcx) {
            linkIds.add(tcx.info().id());
        }
    }

    private static AttachType attachType(Direction direction) {
        return direction == Direction.INGRESS ? AttachType.TCX_INGRESS : AttachType.TCX_EGRESS;
    }

    /**
     * Takes up what an earlier process attached.
     *
     * @throws BpfException if something is missing; what was attached goes on
     */
    static FirewallHooks adopt(FirewallIdentity identity, FirewallPins pins) {
        FirewallHooks hooks = new FirewallHooks();
        try {
            for (int index : identity.interfaces()) {
                for (Direction direction : List.of(Direction.EGRESS, Direction.INGRESS)) {
                    hooks.add(find(identity, index, direction, pins));
                }
            }
            return hooks;
        } catch (RuntimeException e) {
            hooks.leave();
            throw e;
        }
    }

    private static Link find(FirewallIdentity identity, int index, Direction direction, FirewallPins pins) {
        if (identity.hook() == FirewallHook.TCX) {
            TcxLink link = KernelLink.openPinned(pins.link(index, direction), TcxLink.class);
            if (link.info().details() instanceof TcxLink.Info info && info.interfaceIndex() == index) {
                return link;
            }
            link.close();
            throw gone(identity, index, pins);
        }
        OptionalInt stub = pins.program(direction);
        return Optional.of(stub)
                .filter(OptionalInt::isPresent)
                .flatMap(id -> ClsactFilter.find(index, direction, identity.name(), id.getAsInt()))
                .orElseThrow(() -> gone(identity, index, pins));
    }

    private static BpfException gone(FirewallIdentity identity, int index, FirewallPins pins) {
        return new BpfException("the firewall pinned in " + pins + " is no longer attached to interface " + index + " ("
                + identity.hook() + "): the interface is gone, or somebody has taken the firewall off; remove it with"
                + " L4Datapath.removePinned and attach anew");
    }

    /** Takes off the clsact filters that are provably of the firewall whose pins these are, before those are removed. */
    static void detachFilters(List<Integer> interfaces, String name, FirewallPins pins) {
        for (int index : interfaces) {
            for (Direction direction : Direction.values()) {
                pins.program(direction).ifPresent(id -> detachFilter(index, direction, name, id));
            }
        }
    }

    private static void detachFilter(int index, Direction direction, String name, int program) {
        try {
            ClsactFilter.find(index, direction, name, program).ifPresent(ClsactFilter::close);
        } catch (UnknownInterfaceException e) {
            // Its filters have gone with it.
        }
    }

    /** Takes off the links that are pinned, whoever else holds them. */
    static void detachLinks(FirewallPins pins) {
        for (Path pin : pins.links()) {
            try (TcxLink link = KernelLink.openPinned(pin, TcxLink.class)) {
                link.detach();
            }
        }
    }

    /** Filters of others that see a packet first; see {@link L4Firewall#filtersBefore}. */
    List<TcFilter> filtersBefore() {
        return links.stream()
                .filter(ClsactFilter.class::isInstance)
                .flatMap(link -> ((ClsactFilter) link).before().stream())
                .toList();
    }

    /** {@return the ids of those that are TCX links} */
    Set<Integer> linkIds() {
        return Set.copyOf(linkIds);
    }

    /** {@return whether all of them are where they were attached} */
    boolean areAttached() {
        return links.stream().allMatch(FirewallHooks::isAttached);
    }

    private static boolean isAttached(Link link) {
        if (link instanceof ClsactFilter filter) {
            return filter.isAttached();
        }
        return link instanceof TcxLink tcx && tcx.isAttached();
    }

    /** Lets go of what is attached, which goes on without this process: pinned links, filters. */
    void leave() {
        for (Link link : links) {
            if (link instanceof ClsactFilter filter) {
                filter.leave();
            } else {
                link.close();
            }
        }
    }

    /** All of them, whatever goes wrong with one; the last attached first. */
    void detach() {
        RuntimeException failure = null;
        for (int i = links.size() - 1; i >= 0; i--) {
            try {
                detach(links.get(i));
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Also where somebody else holds the link: afterwards no packet comes by it. */
    private static void detach(Link link) {
        try (link) {
            if (link instanceof KernelLink kernelLink) {
                kernelLink.detach();
            }
        }
    }
}
