package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.text.Message;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How it stands with a pod's programs, as the text of an annotation: {@code attached}, or a reason and a sentence, such as
 * {@code HostNetwork l4_firewall: The pod uses the node's own network, ...}. Pure.
 */
final class EbpfReport {
    private static final String ATTACHED = "attached";
    private static final String NOT_REQUESTED = "NotRequested";
    private static final String STARTING = "PodsStarting: ";
    private static final Pattern FAILED = Pattern.compile("(\\w+) (\\w+): (.*)", Pattern.DOTALL);

    private EbpfReport() {}

    /** Whether a ConfigMap is about this life of a pod. */
    static boolean isAbout(ConfigMap configMap, Pod pod) {
        Map<String, String> labels =
                Objects.requireNonNullElse(configMap.getMetadata().getLabels(), Map.of());
        return Objects.equals(
                labels.get(PodConfigMap.POD_UID), pod.getMetadata().getUid());
    }

    static String text(EbpfState state) {
        String text = ATTACHED;
        if (state instanceof EbpfState.NotWanted) {
            text = NOT_REQUESTED;
        } else if (state instanceof EbpfState.NotCovered covered) {
            text = STARTING + "It is on node " + covered.node() + ".";
        } else if (state instanceof EbpfState.Waiting waiting) {
            text = STARTING + waiting.message();
        } else if (state instanceof EbpfState.Failed failed) {
            text = failed.type().reason() + " " + failed.program().word() + ": " + failed.message();
        }
        return Message.cut(text);
    }

    /** The state; empty if nobody of ours wrote it. */
    static Optional<EbpfState> read(String text) {
        if (text.equals(ATTACHED)) {
            return Optional.of(new EbpfState.Attached());
        }
        if (text.equals(NOT_REQUESTED)) {
            return Optional.of(new EbpfState.NotWanted());
        }
        if (text.startsWith(STARTING)) {
            return Optional.of(new EbpfState.Waiting(text.substring(STARTING.length())));
        }
        Matcher failed = FAILED.matcher(text);
        if (!failed.matches()) {
            return Optional.empty();
        }
        Optional<ProgramErrorType> type = Arrays.stream(ProgramErrorType.values())
                .filter(each -> each.reason().equals(failed.group(1)))
                .findFirst();
        Optional<ProgramType> program = Arrays.stream(ProgramType.values())
                .filter(each -> each.word().equals(failed.group(2)))
                .findFirst();
        return type.flatMap(kind -> program.map(which -> new EbpfState.Failed(which, kind, failed.group(3))));
    }
}
