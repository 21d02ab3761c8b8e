package io.jbpf.controller.deploy;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files in deploy/. */
final class Manifests {
    private static final Path DEPLOY = Path.of("..", "deploy");

    private Manifests() {}

    /** One of them, by its path below deploy/. */
    static Path file(String name) {
        return DEPLOY.resolve(name);
    }

    /** What one of them says, object by object. */
    static List<HasMetadata> objects(String name) {
        // Reading needs no server.
        try (KubernetesClient client = new KubernetesClientBuilder().build();
                InputStream yaml = Files.newInputStream(file(name))) {
            return client.load(yaml).items();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its objects of one kind. */
    static <T extends HasMetadata> List<T> objects(String name, Class<T> kind) {
        return objects(name).stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
