package io.jbpf.controller.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the kubelet names cgroups (pkg/kubelet/cm, cgroup_manager_linux.go and qos_container_manager_linux.go). With the
 * cgroupfs driver: {@code kubepods[/burstable|/besteffort]/pod<uid>}. With systemd's each name is a slice that has those above
 * it in its name, and the dashes of the UID are underscores: {@code kubepods.slice/kubepods-burstable.slice/
 * kubepods-burstable-pod<uid>.slice}. Guaranteed pods have no directory of their class. Above it all can be {@code --cgroup-root}.
 */
final class PodCgroupNames {
    private static final String SLICE = ".slice";
    private static final Pattern KUBEPODS = Pattern.compile("kubepods|(.*-)?kubepods\\.slice");
    private static final Pattern POD = Pattern.compile("pod([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})");
    private static final Pattern POD_SLICE =
            Pattern.compile("(?:.*-)?pod([0-9a-f]{8}(?:_[0-9a-f]{4}){3}_[0-9a-f]{12}|[0-9a-f]{32})\\.slice");

    private PodCgroupNames() {}

    /** {@return whether it is what all pods are below} */
    static boolean isKubepods(String name) {
        return KUBEPODS.matcher(name).matches();
    }

    /** {@return the UID of the pod whose directory would be called so; nothing if it is not a pod's} */
    static Optional<String> uid(String name) {
        Matcher plain = POD.matcher(name);
        if (plain.matches()) {
            return Optional.of(plain.group(1));
        }
        Matcher slice = POD_SLICE.matcher(name);
        return slice.matches() ? Optional.of(slice.group(1).replace('_', '-')) : Optional.empty();
    }

    /** {@return what the directories of the classes without guarantees are called below that one} */
    static List<String> classes(String kubepods) {
        return isSlice(kubepods)
                ? List.of(base(kubepods) + "-burstable" + SLICE, base(kubepods) + "-besteffort" + SLICE)
                : List.of("burstable", "besteffort");
    }

    /** {@return what a pod's directory can be called in a directory of that name} */
    static List<String> pod(String uid, String parent) {
        List<String> names = new ArrayList<>();
        if (isSlice(parent)) {
            names.add(base(parent) + "-pod" + uid.replace('-', '_') + SLICE);
        }
        names.add("pod" + uid);
        return names;
    }

    private static boolean isSlice(String name) {
        return name.endsWith(SLICE);
    }

    private static String base(String slice) {
        return slice.substring(0, slice.length() - SLICE.length());
    }

    /**
     * {@return whether in a cgroup of that name is what minds a container for its runtime, and not a process of the pod}
     * CRI-O can be set to put it into the pod's cgroup ({@code conmon_cgroup = "pod"}), though it is on the node's network.
     */
    static boolean isMonitor(String name) {
        return name.startsWith("crio-conmon-") || name.startsWith("libpod-conmon-");
    }
}
