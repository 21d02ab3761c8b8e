package io.jbpf.netlink;

import io.jbpf.error.BpfException;
import java.util.List;

/** There is no such network interface in the namespace. The message lists those there are. */
public final class UnknownInterfaceException extends BpfException {
    private static final long serialVersionUID = 1L;

    /** So many names fit a sentence. */
    private static final int MOST_NAMES = 20;

    private final String interfaceName;

    UnknownInterfaceException(String interfaceName, List<InterfaceInfo> there) {
        super("there is no network interface '" + interfaceName + "' in this network namespace; there "
                + (there.isEmpty() ? "is none" : "are: " + names(there)));
        this.interfaceName = interfaceName;
    }

    private static String names(List<InterfaceInfo> there) {
        String names = String.join(
                ", ", there.stream().limit(MOST_NAMES).map(InterfaceInfo::name).toList());
        return there.size() > MOST_NAMES ? names + " and " + (there.size() - MOST_NAMES) + " more" : names;
    }

    /** {@return the name, or the index in digits, that was asked for} */
    public String interfaceName() {
        return interfaceName;
    }
}
