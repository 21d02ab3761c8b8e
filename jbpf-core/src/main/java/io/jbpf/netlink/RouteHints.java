package io.jbpf.netlink;

import io.jbpf.error.Errno;

/** What to add to an errno of rtnetlink: the kernel's own words, and the way out. */
final class RouteHints {
    private RouteHints() {}

    static String hint(Errno errno, String kernelSays) {
        String words = kernelSays.isEmpty() ? "" : "the kernel says: " + kernelSays;
        String advice = "";
        if (errno.equals(Errno.EPERM)) {
            advice = "run as root or with CAP_NET_ADMIN in the network namespace";
        } else if (errno.equals(Errno.ENODEV)) {
            advice = "the interface is gone";
        }
        return words + (words.isEmpty() || advice.isEmpty() ? "" : "; ") + advice;
    }
}
