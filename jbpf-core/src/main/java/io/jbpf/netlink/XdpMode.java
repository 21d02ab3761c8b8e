package io.jbpf.netlink;

/** Where an XDP program runs: {@code XDP_FLAGS_*_MODE} of linux/if_link.h. */
public enum XdpMode {
    /** In the driver if it can, else in the generic code. */
    ANY(0),
    /** In the generic code, after the driver has made an skb of the packet: any interface, less speed (Linux 4.12). */
    GENERIC(1 << 1),
    /** In the driver; not every one has it. */
    NATIVE(1 << 2),
    /** In the network card itself; the program must be loaded for it (Linux 4.13). */
    OFFLOADED(1 << 3);

    private final int flag;

    XdpMode(int flag) {
        this.flag = flag;
    }

    /** {@return the kernel's number: none, {@code XDP_FLAGS_SKB_MODE}, {@code DRV_MODE} or {@code HW_MODE}} */
    public int flag() {
        return flag;
    }

    /** {@return the mode in words} */
    @Override
    public String toString() {
        return this == ANY ? "any mode" : name().toLowerCase(java.util.Locale.ROOT) + " mode";
    }
}
