package io.jbpf.netlink;

import io.jbpf.bytes.ByteView;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.netlink.RouteAttributes.Tca;
import io.jbpf.netlink.RouteAttributes.TcaBpf;
import io.jbpf.netlink.RouteStructs.TrafficMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ingress or egress of one interface, where filters under the {@code clsact} queueing discipline see each packet. Linux
 * 4.5; changing needs CAP_NET_ADMIN. See tc(8) and tc-bpf(8).
 *
 * <p>Others have filters here too, and netlink names a filter by numbers that anyone may use. So jbpf's carry three
 * things: a name that begins with {@link #MARK}, a random handle, and a program whose id is known. Only a filter with all
 * three, freshly listed, is replaced or removed; preference and handle of another's cannot be expressed.
 *
 * <p>The filters run by preference, those of one preference the newest first, until one gives a verdict ({@code
 * TC_ACT_UNSPEC} is none). A new filter goes to preference {@value #USUAL_PREFERENCE}, or before the first filter of
 * someone else where that is lower, since a filter behind one that accepts sees nothing. Where another already has
 * preference 1 it cannot be the first: see {@link #before}. A preference is never shared with another's filter.
 *
 * <p>The clsact itself is made when it is missing and never deleted, not even after the last filter: whoever adds a
 * filter between our last look and the deletion would lose it. Empty it costs a packet next to nothing, and it goes with
 * the interface.
 */
public final class ClsactHook {
    /** How the name of each filter of jbpf begins. */
    public static final String MARK = "jbpf:";

    /** Where a filter goes if nobody else is before: early, and not one of the numbers people usually type. */
    public static final int USUAL_PREFERENCE = 7;

    // Majors and minors of linux/pkt_sched.h: TC_H_CLSACT and the two hooks below it.
    private static final int CLSACT_HANDLE = 0xffff_0000;
    private static final int CLSACT_PARENT = 0xffff_fff1;
    private static final int INGRESS_PARENT = 0xffff_fff2;
    private static final int EGRESS_PARENT = 0xffff_fff3;

    /** htons(ETH_P_ALL) as the lower half of tcm_info has it. */
    private static final int ETH_P_ALL = 3;

    private static final int HIGHEST_PREFERENCE = 0xffff;

    /** CLS_BPF_NAME_LEN without the NUL. */
    private static final int LONGEST_NAME = 255;

    /** The kernel counts handles up from 1: these are out of its way. */
    private static final int SMALLEST_HANDLE = 0x1_0000;

    /** Of a u32's handle, the bits that tell a filter of a hash table: TC_U32_HASH and TC_U32_NODE. */
    private static final int U32_NODE = 0x000f_ffff;

    private static final String CLSACT = "clsact";
    private static final String BPF = "bpf";

    private final RouteSocket socket;
    private final InterfaceInfo on;
    private final Direction direction;

    ClsactHook(RouteSocket socket, InterfaceInfo on, Direction direction) {
        this.socket = socket;
        this.on = on;
        this.direction = direction;
    }

    /** {@return the interface} */
    public InterfaceInfo interfaceInfo() {
        return on;
    }

    /** {@return the direction} */
    public Direction direction() {
        return direction;
    }

    /**
     * All filters here, whosever they are, in the order in which they run. None if the interface has no clsact, or is
     * gone.
     *
     * @throws SystemCallException if the kernel refuses
     */
    public List<TcFilter> filters() {
        // The old ingress discipline would show its ingress filters under any parent.
        if (direction == Direction.EGRESS && discipline().filter(CLSACT::equals).isEmpty()) {
            return List.of();
        }
        MessageWriter request = MessageWriter.dump(RouteMessageType.RTM_GETTFILTER, TrafficMessage.LAYOUT)
                .set(TrafficMessage.INDEX, on.index())
                .set(TrafficMessage.PARENT, parent());
        return socket.ask(request, "list the filters on " + this).stream()
                .map(ClsactHook::read)
                .filter(ClsactHook::isFilter)
                .toList();
    }

    private static TcFilter read(Message message) {
        Attributes attributes = message.attributes(TrafficMessage.LAYOUT);
        String kind = attributes.text(Tca.KIND).orElse("");
        int info = message.get(TrafficMessage.INFO);
        Attributes options = attributes.nested(Tca.OPTIONS);
        return new TcFilter(
                kind,
                info >>> 16,
                message.get(TrafficMessage.HANDLE),
                networkOrder(info & 0xffff),
                attributes.number(Tca.CHAIN, 0),
                kind.equals(BPF) ? Optional.of(readBpf(options)) : Optional.empty());
    }

    /** Beside the filters the kernel lists each classifier, with the handle 0, and the hash tables of a u32. */
    private static boolean isFilter(TcFilter listed) {
        return listed.handle() != 0 && !(listed.kind().equals("u32") && (listed.handle() & U32_NODE) == 0);
    }

    private static TcFilter.Bpf readBpf(Attributes options) {
        return new TcFilter.Bpf(
                options.text(TcaBpf.NAME).orElse(""),
                options.number(TcaBpf.ID, 0),
                options.get(TcaBpf.TAG)
                        .map(ByteView::copy)
                        .map(HexFormat.of()::formatHex)
                        .orElse(""),
                (options.number(TcaBpf.FLAGS, 0) & TcaBpf.FLAG_ACT_DIRECT) != 0);
    }

    /** {@return the filters that see a packet before that one does, and may keep it from it} */
    public List<TcFilter> before(OwnedFilter filter) {
        List<TcFilter> before = new ArrayList<>();
        for (TcFilter each : filters()) {
            if (filter.is(each)) {
                return before;
            }
            if (each.chain() == 0) {
                before.add(each);
            }
        }
        throw gone(filter);
    }

    /**
     * A filter of jbpf's that is here already, left by a process that has ended.
     *
     * @param name the name it was added with
     * @param programId the id of the program that must be in it
     */
    public Optional<OwnedFilter> find(String name, int programId) {
        return filters().stream()
                .filter(each -> isMarked(each, name))
                .map(each -> new OwnedFilter(each.preference(), each.handle(), name, programId(each)))
                .filter(owned -> owned.programId() == programId)
                .findFirst();
    }

    /**
     * Adds a direct-action filter in front of the others, as far as that is possible, and makes the clsact if it is
     * missing.
     *
     * @param name to know it by later; unique here
     * @param programDescriptor of a SCHED_CLS program, which the filter keeps alive
     * @throws IllegalArgumentException if the name is empty or too long
     * @throws BpfException if jbpf has a filter of that name here already
     * @throws UnsupportedFeatureException if the kernel has no clsact or no BPF classifier
     * @throws SystemCallException if the kernel refuses otherwise
     */
    public OwnedFilter add(String name, int programDescriptor) {
        requireName(name);
        List<TcFilter> there = filters();
        if (there.isEmpty()) {
            // Where a filter is there is a place for it.
            ensureDiscipline();
        }
        there.stream().filter(each -> isMarked(each, name)).findFirst().ifPresent(each -> {
            throw new BpfException("there is a filter named '" + name + "' on " + this + " already: " + each
                    + "; if nobody needs it: tc filter del dev " + on.name() + " " + direction + " pref "
                    + each.preference() + " handle 0x" + Integer.toHexString(each.handle()) + " bpf");
        });
        int handle = ThreadLocalRandom.current().nextInt(SMALLEST_HANDLE, Integer.MAX_VALUE);
        OwnedFilter added = new OwnedFilter(preference(there), handle, name, 0);
        int flags = MessageWriter.CREATE | MessageWriter.EXCLUSIVE;
        List<Message> echo;
        try {
            echo = socket.ask(change(added, flags, programDescriptor), "add filter '" + name + "' to " + this);
        } catch (SystemCallException e) {
            if (e.errno().equals(Errno.ENOENT)) {
                throw new UnsupportedFeatureException("the BPF classifier of tc (CONFIG_NET_CLS_BPF)", "4.1", e);
            }
            throw e;
        }
        try {
            return withProgramOf(added, echo);
        } catch (RuntimeException e) {
            // Nobody will ever hold it, so it must not stay. The handle is proof enough: we have just made it.
            try {
                delete(added);
            } catch (RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /**
     * Puts another program into a filter, with no packet between the two.
     *
     * @param filter as {@link #add}, {@link #find} or this has given it
     * @param programDescriptor of a SCHED_CLS program
     * @return the filter with the new program; the old object is no longer of use
     * @throws BpfException if the filter is gone or no longer ours
     * @throws SystemCallException if the kernel refuses
     */
    public OwnedFilter replace(OwnedFilter filter, int programDescriptor) {
        if (filters().stream().noneMatch(filter::is)) {
            throw gone(filter);
        }
        List<Message> echo = socket.ask(
                change(filter, MessageWriter.REPLACE, programDescriptor), "replace the program of " + filter);
        return withProgramOf(filter, echo);
    }

    /**
     * Removes a filter of ours. One that has got another name or program meanwhile is no longer ours, and stays.
     *
     * @return whether it was there and still ours
     * @throws SystemCallException if the kernel refuses
     */
    public boolean remove(OwnedFilter filter) {
        return remove(filter, filter::is);
    }

    private boolean remove(OwnedFilter filter, Predicate<TcFilter> isStillOurs) {
        if (filters().stream().noneMatch(isStillOurs)) {
            return false;
        }
        try {
            delete(filter);
            return true;
        } catch (SystemCallException e) {
            // Gone since we looked: the filter (ENOENT), the discipline (EINVAL), or the interface (ENODEV).
            if (filters().stream().noneMatch(isStillOurs)) {
                return false;
            }
            throw e;
        }
    }

    private void delete(OwnedFilter filter) {
        MessageWriter request = address(
                        MessageWriter.request(RouteMessageType.RTM_DELTFILTER, 0, TrafficMessage.LAYOUT))
                .set(TrafficMessage.HANDLE, filter.handle())
                .set(TrafficMessage.INFO, info(filter.preference()))
                .attribute(Tca.KIND, BPF);
        socket.ask(request, "remove " + filter + " from " + this);
    }

    private MessageWriter change(OwnedFilter filter, int flags, int programDescriptor) {
        int echoed = flags | MessageWriter.ECHO;
        return address(MessageWriter.request(RouteMessageType.RTM_NEWTFILTER, echoed, TrafficMessage.LAYOUT))
                .set(TrafficMessage.HANDLE, filter.handle())
                .set(TrafficMessage.INFO, info(filter.preference()))
                .attribute(Tca.KIND, BPF)
                .nested(Tca.OPTIONS, options -> options.attribute(TcaBpf.FD, programDescriptor)
                        .attribute(TcaBpf.NAME, MARK + filter.name())
                        .attribute(TcaBpf.FLAGS, TcaBpf.FLAG_ACT_DIRECT));
    }

    /** The filter as the kernel says that it has made it, in its notification of the change; if there is none, as it is listed. */
    private OwnedFilter withProgramOf(OwnedFilter filter, List<Message> echo) {
        return withProgramOf(filter, echo.stream().map(ClsactHook::read))
                .or(() -> withProgramOf(filter, filters().stream()))
                .orElseThrow(() -> gone(filter));
    }

    private static Optional<OwnedFilter> withProgramOf(OwnedFilter filter, Stream<TcFilter> among) {
        return among.filter(filter::isAtPlaceOf)
                .filter(each -> isMarked(each, filter.name()))
                .findFirst()
                .map(each -> filter.withProgram(programId(each)));
    }

    /** Makes the clsact, unless something that has this hook is there. */
    private void ensureDiscipline() {
        MessageWriter request = MessageWriter.request(
                        RouteMessageType.RTM_NEWQDISC,
                        MessageWriter.CREATE | MessageWriter.EXCLUSIVE,
                        TrafficMessage.LAYOUT)
                .set(TrafficMessage.INDEX, on.index())
                .set(TrafficMessage.HANDLE, CLSACT_HANDLE)
                .set(TrafficMessage.PARENT, CLSACT_PARENT)
                .attribute(Tca.KIND, CLSACT);
        try {
            socket.ask(request, "add a clsact qdisc to interface " + on);
        } catch (SystemCallException e) {
            if (e.errno().equals(Errno.ENOENT)) {
                throw new UnsupportedFeatureException("the clsact qdisc (CONFIG_NET_SCH_INGRESS)", "4.5", e);
            }
            if (!e.errno().equals(Errno.EEXIST)) {
                throw e;
            }
            requireHook(e);
        }
    }

    /** The old ingress discipline takes the clsact's place; it has an ingress hook, which will do, but no egress. */
    private void requireHook(SystemCallException occupied) {
        String there = discipline().orElse("unknown");
        if (!there.equals(CLSACT) && (direction == Direction.EGRESS || !there.equals("ingress"))) {
            throw new BpfException(
                    "cannot add a clsact qdisc to interface " + on + ": its place is taken by a qdisc '" + there
                            + "', which has no " + direction
                            + " hook; it is not jbpf's to remove: tc qdisc del dev "
                            + on.name() + " " + there,
                    occupied);
        }
    }

    /** {@return the kind of what is at the clsact's place, if anything is} */
    private Optional<String> discipline() {
        MessageWriter request = MessageWriter.request(
                        RouteMessageType.RTM_GETQDISC, MessageWriter.ECHO, TrafficMessage.LAYOUT)
                .set(TrafficMessage.INDEX, on.index())
                .set(TrafficMessage.PARENT, CLSACT_PARENT);
        try {
            return socket.ask(request, "look for a clsact qdisc on interface " + on).stream()
                    .flatMap(message -> message.attributes(TrafficMessage.LAYOUT).text(Tca.KIND).stream())
                    .findFirst();
        } catch (SystemCallException e) {
            if (Set.of(Errno.ENOENT, Errno.ENODEV).contains(e.errno())) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** As early as possible, and not among another's. */
    private int preference(List<TcFilter> there) {
        Set<Integer> taken = there.stream()
                .filter(each -> !isMarked(each))
                .map(TcFilter::preference)
                .collect(Collectors.toSet());
        int first = there.stream()
                .filter(each -> each.chain() == 0 && !isMarked(each))
                .mapToInt(TcFilter::preference)
                .min()
                .orElse(HIGHEST_PREFERENCE);
        int preference = first > 1 ? Math.min(USUAL_PREFERENCE, first - 1) : USUAL_PREFERENCE;
        while (taken.contains(preference)) {
            preference++;
        }
        if (preference > HIGHEST_PREFERENCE) {
            throw new BpfException("others have taken every preference on " + this);
        }
        return preference;
    }

    private MessageWriter address(MessageWriter request) {
        return request.set(TrafficMessage.INDEX, on.index()).set(TrafficMessage.PARENT, parent());
    }

    private int parent() {
        return direction == Direction.INGRESS ? INGRESS_PARENT : EGRESS_PARENT;
    }

    private static int info(int preference) {
        return preference << 16 | networkOrder(ETH_P_ALL);
    }

    private static int networkOrder(int protocol) {
        return Short.toUnsignedInt(Short.reverseBytes((short) protocol));
    }

    /** {@return what a filter is called, if it has the mark and sits where jbpf puts its filters} */
    static Optional<String> nameOf(TcFilter filter) {
        return filter.bpf()
                .map(TcFilter.Bpf::name)
                .filter(name -> filter.chain() == 0 && name.startsWith(MARK))
                .map(name -> name.substring(MARK.length()));
    }

    /** Whether there is a discipline with one of the two hooks at an interface, of a dump of all disciplines. */
    static boolean hasHooks(Message discipline) {
        return discipline.get(TrafficMessage.PARENT) == CLSACT_PARENT;
    }

    /** Removes a filter if it is there unchanged: its place, name, program and tag. */
    boolean remove(MarkedFilter filter) {
        OwnedFilter owned = new OwnedFilter(filter.preference(), filter.handle(), filter.name(), filter.programId());
        return remove(
                owned,
                listed -> owned.is(listed)
                        && listed.bpf()
                                .filter(bpf -> bpf.tag().equals(filter.tag()))
                                .isPresent());
    }

    private static boolean isMarked(TcFilter filter) {
        return filter.bpf().filter(bpf -> bpf.name().startsWith(MARK)).isPresent();
    }

    private static boolean isMarked(TcFilter filter, String name) {
        return filter.chain() == 0
                && filter.bpf().filter(bpf -> bpf.name().equals(MARK + name)).isPresent();
    }

    private static int programId(TcFilter filter) {
        return filter.bpf().map(TcFilter.Bpf::programId).orElse(0);
    }

    private BpfException gone(OwnedFilter filter) {
        return new BpfException(filter + " is no longer on " + this + ": someone has removed or replaced it");
    }

    private static void requireName(String name) {
        int length = (MARK + name).getBytes(StandardCharsets.UTF_8).length;
        if (name.isEmpty() || length > LONGEST_NAME || name.indexOf(0) >= 0) {
            throw new IllegalArgumentException(
                    "'" + name + "' cannot name a filter: 1 to " + (LONGEST_NAME - MARK.length()) + " bytes, no NUL");
        }
    }

    @Override
    public String toString() {
        return direction + " of interface " + on;
    }
}
