package io.jbpf.netlink;

import java.util.Optional;

/**
 * A filter on an interface's ingress or egress, of whatever kind and owner, as it was when the kernel was asked.
 *
 * @param kind the classifier: {@code bpf}, {@code matchall}, {@code u32}, {@code flower}
 * @param preference 1 to 65,535: the smaller runs first; {@code pref} or {@code prio} of tc(8)
 * @param handle which one of those with this preference; meaning depends on the kind
 * @param protocol the EtherType it is for; 3 ({@code ETH_P_ALL}) is every packet
 * @param chain 0, or the chain that only a {@code goto} leads to
 * @param bpf what only a filter of kind {@code bpf} has
 */
public record TcFilter(String kind, int preference, int handle, int protocol, int chain, Optional<Bpf> bpf) {
    /**
     * What a filter of kind {@code bpf} tells beyond the rest.
     *
     * @param name what its owner called it; may be empty
     * @param programId the id of the program; 0 for one of classic BPF, which has none
     * @param tag the program's tag in hexadecimal, a hash of its instructions; empty for classic BPF
     * @param directAction whether what the program returns is the verdict
     */
    public record Bpf(String name, int programId, String tag, boolean directAction) {}

    /** {@return kind, preference and handle, and the name and program where there is one} */
    @Override
    public String toString() {
        String text = kind + " pref " + preference + " handle 0x" + Integer.toHexString(handle);
        return bpf.map(b -> text + " '" + b.name() + "' program " + b.programId())
                .orElse(text);
    }
}
