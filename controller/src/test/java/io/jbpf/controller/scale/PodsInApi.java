package io.jbpf.controller.scale;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.PodConfigMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The pods and their config in the API, as large as those of real clusters are. */
final class PodsInApi {
    static final String NODE = "node-1";
    private static final String NAMESPACE = "default";
    private static final String CONFIG = "example-ebpf-config";

    private final KubernetesClient client;
    private final String template;

    PodsInApi(KubernetesClient client) {
        this.client = client;
        this.template = resource("pod.yaml");
    }

    private static String resource(String name) {
        try (var in = PodsInApi.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + name);
            }
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Pod pod(String name, String address) {
        return Serialization.unmarshal(
                template.replace("@NAME@", name).replace("@NODE@", NODE).replace("@ADDRESS@", address), Pod.class);
    }

    /** Creates a pod that is bound to the node and does not run yet. Returns its UID. */
    String create(String name) {
        Pod pending = pod(name, "");
        pending.setStatus(null);
        return client.resource(pending).create().getMetadata().getUid();
    }

    /** The kubelet says that it runs. */
    void running(String name, InetAddress address) {
        Pod pod = client.pods().inNamespace(NAMESPACE).withName(name).get();
        pod.setStatus(pod(name, address.getHostAddress()).getStatus());
        Pod unused = client.resource(pod).updateStatus();
    }

    void delete(String name) {
        client.pods().inNamespace(NAMESPACE).withName(name).withGracePeriod(0).delete();
    }

    /** Creates the config of the manifests' example. */
    void createConfig(Path example) throws IOException {
        GenericKubernetesResource unused = client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace(NAMESPACE)
                .resource(Serialization.unmarshal(Files.readString(example), GenericKubernetesResource.class))
                .create();
    }

    /** Adds a port to those that the config refuses, or takes it away again. */
    void block(int port, boolean blocked) {
        GenericKubernetesResource unused = client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace(NAMESPACE)
                .withName(CONFIG)
                .edit(config -> {
                    @SuppressWarnings("unchecked")
                    Map<String, Object> firewall = (Map<String, Object>) config.get("spec", "ebpfConfig", "l4Firewall");
                    List<Object> ports = new ArrayList<>((List<?>) firewall.get("blockedPorts"));
                    if (blocked) {
                        ports.add(port);
                    } else {
                        ports.remove((Object) port);
                    }
                    firewall.put("blockedPorts", ports);
                    return config;
                });
    }

    /** {@return how many ConfigMaps of pods there are} */
    int configMaps() {
        return client.configMaps()
                .inNamespace(NAMESPACE)
                .withLabel(PodConfigMap.GENERATED_BY)
                .list()
                .getItems()
                .size();
    }

    /** {@return how many pods have all programs, by the config's status} */
    int attachedByStatus() {
        GenericKubernetesResource config = client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace(NAMESPACE)
                .withName(CONFIG)
                .get();
        return config.get("status", "attachedPods") instanceof Integer count ? count : 0;
    }
}
