package io.jbpf.controller.deploy;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What users get of elections, for whoever measures how long one takes or what it costs. */
public final class ShippedElection {
    private ShippedElection() {}

    /** The variables {@code LEADER_ELECTION_…} of a deploy directory's cluster.yaml. */
    public static Map<String, String> of(Path deploy) throws IOException {
        Map<String, String> shipped = new HashMap<>();
        // Reading needs no server.
        try (KubernetesClient client = new KubernetesClientBuilder().build();
                InputStream yaml = Files.newInputStream(deploy.resolve("cluster.yaml"))) {
            for (HasMetadata object : client.load(yaml).items()) {
                if (object instanceof Deployment deployment) {
                    deployment.getSpec().getTemplate().getSpec().getContainers().stream()
                            .flatMap(container -> container.getEnv().stream())
                            .filter(variable -> variable.getName().startsWith("LEADER_ELECTION_"))
                            .forEach((EnvVar variable) -> shipped.put(variable.getName(), variable.getValue()));
                }
            }
        }
        if (shipped.isEmpty()) {
            throw new IllegalStateException(deploy + ": cluster.yaml says nothing of elections");
        }
        return shipped;
    }
}
