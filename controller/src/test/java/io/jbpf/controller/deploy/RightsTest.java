package io.jbpf.controller.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.Controller;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.kubernetes.AuditLog;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.node.NodeOnDisk;
import io.jbpf.controller.node.RecordingPrograms;
import io.jbpf.controller.settings.Settings;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * deploy/rbac.yaml against what the controller asks of a real API server, and deploy/node/rbac.yaml against what an agent does,
 * which is in the server's audit log.
 */
@RealApiServer
class RightsTest {
    private static final String RIGHTS = "rbac.yaml";
    private static final Account CONTROLLER = new Account(RealKubernetes.SERVICE_ACCOUNT, RIGHTS);
    private static final Account AGENT = new Account("podconfigmap-controller-agent", "node/rbac.yaml");

    /** A service account, and the manifest that says what it may. */
    private record Account(String name, String manifest) {
        String user() {
            return "system:serviceaccount:" + RealKubernetes.NAMESPACE + ":" + name;
        }

        Set<String> granted() {
            Set<String> granted = new TreeSet<>();
            Stream.concat(
                            Manifests.objects(manifest, ClusterRole.class).stream()
                                    .map(ClusterRole::getRules),
                            Manifests.objects(manifest, Role.class).stream().map(Role::getRules))
                    .flatMap(List::stream)
                    .forEach(rule -> granted.addAll(verbs(rule)));
            return granted;
        }
    }

    @TempDir
    private Path directory;

    private final KubeApiServer server;
    private final RealKubernetes kubernetes;
    private KubernetesClient admin;
    private KubernetesClient controllerClient;

    RightsTest(KubeApiServer server) {
        this.server = server;
        this.kubernetes = RealKubernetes.on(server);
    }

    @BeforeEach
    void define() {
        kubernetes.define(Manifests.file("crd.yaml"));
        admin = kubernetes.client();
        controllerClient = kubernetes.controllerClient();
    }

    @AfterEach
    void close() {
        controllerClient.close();
        admin.close();
        kubernetes.close();
    }

    @Test
    void everyVerbThatIsGrantedIsUsedAndNoneIsMissing() throws IOException {
        assertUsesWhatItIsGranted(CONTROLLER, this::runThroughEverything);
    }

    @Test
    void anAgentUsesEveryVerbThatItIsGrantedAndMissesNone() throws IOException {
        RealKubernetes.apply(admin, Manifests.file(AGENT.manifest()));

        assertUsesWhatItIsGranted(AGENT, this::runAnAgent);
    }

    private interface Work {
        void run() throws IOException;
    }

    private void assertUsesWhatItIsGranted(Account account, Work work) throws IOException {
        Set<String> expected = account.granted();
        int before = requests(account).size();

        try {
            work.run();
        } catch (AssertionError e) {
            // The likely cause says more than what did not come of it.
            assertNothingForbidden(account, before);
            throw e;
        }

        // A watch is written down when it begins and when it ends, a little later than its events are seen.
        awaitQuietly(() -> used(account, before).containsAll(expected));
        assertNothingForbidden(account, before);
        assertThat(without(expected, used(account, before)))
                .as("granted in deploy/%s, and needless", account.manifest())
                .isEmpty();
    }

    private static Set<String> without(Set<String> all, Set<String> some) {
        Set<String> rest = new TreeSet<>(all);
        rest.removeAll(some);
        return rest;
    }

    private void assertNothingForbidden(Account account, int before) {
        assertThat(requests(account).stream().skip(before).filter(AuditLog.Request::forbidden))
                .as("what %s asked for and may not by deploy/%s", account.name(), account.manifest())
                .isEmpty();
    }

    /** The assertion that follows says more. */
    private static void awaitQuietly(BooleanSupplier condition) {
        try {
            Waits.until(condition);
        } catch (AssertionError e) {
            assertThat(condition.getAsBoolean()).isFalse();
        }
    }

    private Set<String> used(Account account, int before) {
        Set<String> used = new TreeSet<>();
        requests(account).stream().skip(before).forEach(request -> used.addAll(verbs(request)));
        return used;
    }

    /** Through everything that the controller does at the API: it writes, describes, and takes away. */
    private void runThroughEverything() throws IOException {
        try (RecordingPrograms programs = new RecordingPrograms();
                Controller controller = start("cluster", controllerClient, programs)) {
            assertThat(controller.metricsAddress().getPort()).isPositive();
            createPodAndConfig();
            Waits.until(() -> configMapIsThere() && statusIsWritten());
            admin.genericKubernetesResources(ClusterCache.CONFIGS)
                    .inNamespace("default")
                    .withName("c")
                    .delete();
            Waits.until(() -> !configMapIsThere());
        }
    }

    /** Through everything that an agent does at the API, whose ConfigMaps somebody else makes: it reads, and notes on them. */
    private void runAnAgent() throws IOException {
        try (RecordingPrograms programs = new RecordingPrograms();
                RecordingPrograms none = new RecordingPrograms();
                KubernetesClient agentClient = server.clientOf(RealKubernetes.NAMESPACE, AGENT.name());
                Controller agent = start("node", agentClient, programs);
                Controller controller = start("api", controllerClient, none)) {
            createPodAndConfig();
            Waits.until(() -> agent.leads() && controller.leads());
            Waits.until(this::stateIsNoted);
        }
    }

    private Controller start(String scope, KubernetesClient client, RecordingPrograms programs) throws IOException {
        NodeOnDisk node = new NodeOnDisk(Files.createDirectory(directory.resolve(scope)));
        return Controller.start(
                Settings.from(Map.of(
                        "CONTROLLER_SCOPE",
                        scope,
                        "NODE_NAME",
                        "node-1",
                        "POD_NAME",
                        "pod",
                        "POD_NAMESPACE",
                        RealKubernetes.NAMESPACE,
                        "LEADER_ELECTION_RENEW_DEADLINE",
                        "2s",
                        "LEADER_ELECTION_RETRY_PERIOD",
                        "300ms",
                        "METRICS_ADDR",
                        "127.0.0.1:0",
                        "CGROUP_ROOT",
                        node.cgroups().toString(),
                        "PROC_ROOT",
                        node.proc().toString())),
                client,
                programs);
    }

    private void createPodAndConfig() {
        kubernetes.createRunningPod("web", "node-1", Map.of());
        GenericKubernetesResource config = Serialization.unmarshal("""
                apiVersion: podconfig.example.com/v1alpha1
                kind: PodConfigMapConfig
                metadata: {name: c, namespace: default}
                spec: {ebpfConfig: {l4Firewall: {enabled: true, allowedPorts: [22], blockedPorts: [22]}}}
                """, GenericKubernetesResource.class);
        admin.resource(config).create();
    }

    private boolean stateIsNoted() {
        ConfigMap configMap = admin.configMaps()
                .inNamespace("default")
                .withName("pod-web-from-c-cfg")
                .get();
        return configMap != null
                && configMap.getMetadata().getAnnotations() != null
                && configMap.getMetadata().getAnnotations().containsKey(PodConfigMap.EBPF_STATE);
    }

    private boolean configMapIsThere() {
        return admin.configMaps()
                        .inNamespace("default")
                        .withName("pod-web-from-c-cfg")
                        .get()
                != null;
    }

    private boolean statusIsWritten() {
        GenericKubernetesResource config = admin.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace("default")
                .withName("c")
                .get();
        return Integer.valueOf(1).equals(config.get("status", "matchedPods"));
    }

    private List<AuditLog.Request> requests(Account account) {
        return server.auditLog().requestsOf(account.user());
    }

    /** Applying what is not there asks for two verbs: the test below shows it. */
    private static List<String> verbs(AuditLog.Request request) {
        String resource = request.group() + "/" + request.resource() + " ";
        boolean created = request.verb().equals("patch") && request.code() == HttpURLConnection.HTTP_CREATED;
        return created ? List.of(resource + "patch", resource + "create") : List.of(resource + request.verb());
    }

    private static List<String> verbs(PolicyRule rule) {
        return rule.getApiGroups().stream()
                .flatMap(group -> rule.getResources().stream().map(resource -> group + "/" + resource))
                .flatMap(resource -> rule.getVerbs().stream().map(verb -> resource + " " + verb))
                .toList();
    }

    @Test
    void applyingWhatIsNotThereNeedsCreateAsWellAsPatch() {
        ClusterRole whole = Manifests.objects(RIGHTS, ClusterRole.class).get(0);
        whole.getRules().forEach(rule -> rule.getVerbs().remove("create"));
        admin.resource(whole).fieldManager("test").forceConflicts().serverSideApply();

        // Another name each time: what is there already needs patch only.
        AtomicInteger attempts = new AtomicInteger();
        Waits.until(() -> refuses(() -> apply("later-" + attempts.incrementAndGet())));
        RealKubernetes.apply(admin, Manifests.file(RIGHTS));
        Waits.until(() -> !refuses(() -> apply("later-" + attempts.incrementAndGet())));
    }

    private void apply(String name) {
        controllerClient
                .configMaps()
                .inNamespace("default")
                .resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName(name)
                        .endMetadata()
                        .build())
                .fieldManager("test")
                .serverSideApply();
    }

    private static boolean refuses(Runnable call) {
        try {
            call.run();
            return false;
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).isEqualTo(HttpURLConnection.HTTP_FORBIDDEN);
            return true;
        }
    }

    @Test
    void noSecretsAndNoPodsToWrite() {
        assertThatThrownBy(
                        () -> controllerClient.secrets().inNamespace("default").list())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("forbidden");
        assertThatThrownBy(() -> controllerClient
                        .pods()
                        .inNamespace("default")
                        .withName("any")
                        .delete())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("forbidden");
    }

    @Test
    void whoIsBoundIsTheServiceAccountOfTheManifests() {
        assertThat(List.of(CONTROLLER, AGENT))
                .allSatisfy(account -> assertThat(Manifests.objects(account.manifest(), ClusterRoleBinding.class))
                        .singleElement()
                        .satisfies(binding -> assertThat(binding.getSubjects())
                                .extracting(Subject::getNamespace, Subject::getName)
                                .containsExactly(tuple(RealKubernetes.NAMESPACE, account.name()))));
    }
}
