package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a process that takes up a pinned firewall has to know of it.
 *
 * @param id the firewall's number
 * @param datapath the id of the program array that its stubs jump through
 * @param slot its slot there
 * @param hook where it is attached
 * @param name of its clsact filters
 * @param interfaces their indexes
 */
record FirewallIdentity(long id, int datapath, int slot, FirewallHook hook, String name, List<Integer> interfaces) {
    /**
     * Of the pinned maps together, the datapath's and each firewall's, and of what stubs tell in {@code skb->cb}. Whoever
     * changes one of their layouts, or its meaning, counts it up. 1 had a program for each firewall, 2 own flows by themselves
     * instead of a number made of them, 3 tables of inbound flows that were allocated as they filled.
     */
    static final int LAYOUT = 4;

    /** How many interfaces there is room for. */
    static final int MOST_INTERFACES = 16;

    private static final int LONGEST_NAME = 256;

    /** The version comes first, in every layout there will be. */
    static final Codec<FirewallIdentity> CODEC =
            Codec.of(28 + 4 * MOST_INTERFACES + LONGEST_NAME, FirewallIdentity::encode, FirewallIdentity::decode);

    FirewallIdentity {
        interfaces = List.copyOf(interfaces);
        if (interfaces.size() > MOST_INTERFACES) {
            throw new IllegalArgumentException(
                    interfaces.size() + " interfaces: a firewall filters at most " + MOST_INTERFACES);
        }
        if (name.getBytes(StandardCharsets.UTF_8).length >= LONGEST_NAME) {
            throw new IllegalArgumentException("the filters' name is longer than " + (LONGEST_NAME - 1) + " bytes");
        }
    }

    /**
     * Checks the layout that a pinned map tells, which is the first number in it.
     *
     * @param what is pinned, for the message
     * @throws IncompatibleLayoutException if it is another, or the map is none of ours
     */
    static void requireLayout(BpfMap map, String what) {
        ByteBuffer value = ByteBuffer.allocate(map.valueBytes()).order(ByteOrder.nativeOrder());
        boolean found = map.info().keySize() == Integer.BYTES
                && map.valueBytes() >= Integer.BYTES
                && map.lookup(ByteBuffer.allocate(Integer.BYTES), value);
        int layout = found ? value.getInt(0) : 0;
        if (layout != LAYOUT) {
            throw new IncompatibleLayoutException(what, layout, LAYOUT);
        }
    }

    private void encode(ByteBuffer to) {
        to.putInt(LAYOUT)
                .putInt(number(hook))
                .putLong(id)
                .putInt(datapath)
                .putInt(slot)
                .putInt(interfaces.size());
        for (int i = 0; i < MOST_INTERFACES; i++) {
            to.putInt(i < interfaces.size() ? interfaces.get(i) : 0);
        }
        to.put(name.getBytes(StandardCharsets.UTF_8));
    }

    private static int number(FirewallHook hook) {
        return switch (hook) {
            case TCX -> 1;
            case CLSACT -> 2;
        };
    }

    private static FirewallHook hook(int number) {
        return switch (number) {
            case 1 -> FirewallHook.TCX;
            case 2 -> FirewallHook.CLSACT;
            default ->
                throw new BpfException("the pinned firewall is attached to a hook of number " + number
                        + ", which its layout does not know: the pins are damaged");
        };
    }

    private static FirewallIdentity decode(ByteBuffer from) {
        from.getInt();
        FirewallHook hook = hook(from.getInt());
        long id = from.getLong();
        int datapath = from.getInt();
        int slot = from.getInt();
        int count = from.getInt();
        List<Integer> interfaces = new ArrayList<>();
        for (int i = 0; i < MOST_INTERFACES; i++) {
            int index = from.getInt();
            if (i < count) {
                interfaces.add(index);
            }
        }
        byte[] text = new byte[LONGEST_NAME];
        from.get(text);
        int length = 0;
        while (text[length] != 0) {
            length++;
        }
        return new FirewallIdentity(
                id, datapath, slot, hook, new String(text, 0, length, StandardCharsets.UTF_8), interfaces);
    }
}
