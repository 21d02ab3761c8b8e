package io.jbpf.controller.node;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a pod's filter is attached to. Where one of its parts is another, the pod has a new sandbox or a new interface, and
 * the filter must be attached anew.
 *
 * @param podUid the pod's UID
 * @param namespace its network namespace
 * @param interfaces the indexes of its interfaces there, ascending
 */
public record SandboxIdentity(String podUid, NamespaceIdentity namespace, List<Integer> interfaces) {
    private static final Pattern TEXT = Pattern.compile("([^_]+)_([^_]+)_([0-9]{1,9}(?:-[0-9]{1,9})*)");

    /** Sorts the indexes. */
    public SandboxIdentity {
        interfaces = interfaces.stream().sorted().toList();
    }

    /** {@return all of it, without a dot, which names in a bpffs may not have} */
    @Override
    public String toString() {
        return podUid + "_" + namespace + "_"
                + interfaces.stream().map(String::valueOf).collect(Collectors.joining("-"));
    }

    /** {@return the identity that {@link #toString} has written so; nothing if it was something else} */
    public static Optional<SandboxIdentity> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return NamespaceIdentity.parse(matcher.group(2))
                .map(namespace -> new SandboxIdentity(
                        matcher.group(1),
                        namespace,
                        Arrays.stream(matcher.group(3).split("-"))
                                .map(Integer::valueOf)
                                .toList()));
    }
}
