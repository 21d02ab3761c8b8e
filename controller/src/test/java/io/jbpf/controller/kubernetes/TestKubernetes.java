package io.jbpf.controller.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.Map;

/** A Kubernetes API for one test: nothing in it but what the test makes, and nothing left of that when it is closed. */
public interface TestKubernetes extends AutoCloseable {
    /**
     * A client that may do everything.
     *
     * @return a new client; the caller closes it
     */
    KubernetesClient client();

    /**
     * A client as the controller's own, with the rights that it has by deploy/rbac.yaml, where the API knows rights.
     *
     * @return a new client; the caller closes it
     */
    KubernetesClient controllerClient();

    /**
     * Creates what a manifest says, as {@code kubectl apply} would.
     *
     * @param manifest a CRD in YAML
     */
    void define(Path manifest);

    /**
     * Writes a KUBECONFIG file of somebody who may do everything.
     *
     * @param file where to
     * @return the file
     */
    Path writeKubeconfig(Path file);

    /**
     * Creates a pod with the status that the test gives it, which no kubelet does here.
     *
     * @param pod the pod, its status included
     * @return the pod as it is then
     */
    default Pod createPod(Pod pod) {
        try (KubernetesClient client = client()) {
            Pod created = client.resource(pod).create();
            created.setStatus(pod.getStatus());
            return client.resource(created).updateStatus();
        }
    }

    /**
     * Creates a pod of one container, in the namespace {@code default}, that is said to run on a node.
     *
     * @param name its name
     * @param nodeName the node
     * @param labels its labels
     * @return the pod as it is then
     */
    default Pod createRunningPod(String name, String nodeName, Map<String, String> labels) {
        return createPod(new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withNodeName(nodeName)
                .addNewContainer()
                .withName("main")
                .withImage("none")
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .endStatus()
                .build());
    }

    @Override
    void close();
}
