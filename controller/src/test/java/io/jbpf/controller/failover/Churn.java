package io.jbpf.controller.failover;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.ResourceNotFoundException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.demo.ContainerCgroup;
import io.jbpf.controller.demo.Deadline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What users, a kubelet, a runtime and meddlers do to pods and configs, one thing after the other, at random. By one thread. */
final class Churn {
    private static final int FEWEST_PODS = 12;
    private static final int MOST_PODS = 24;
    private static final int MOST_CONFIGS = 6;
    private static final List<String> OFTEN = List.of("front", "back");

    /** What of the tampering with ConfigMaps others may leave there. */
    static final String FOREIGN_KEY = "somebody";

    private static final String LABEL = "podconfig.example.com/generated-by-pcmc";
    private static final Duration PUT_BACK = Duration.ofSeconds(20);

    private final SoakCluster cluster;
    private final KubernetesClient api;
    private final SoakModel model;
    private final Random random;
    private final String hostEnd;
    private final Map<String, Integer> done = new TreeMap<>();

    /** Pods that have ended on the node while there was no API server to be told. */
    private final List<SoakPod> ended = new ArrayList<>();

    /** Since the API server is away. */
    private final Set<SoakPod> withNewNetwork = new HashSet<>();

    /** Of pods that are gone; some come again, as those of a StatefulSet do. */
    private final Deque<String> formerNames = new ArrayDeque<>();

    private int pods;
    private int networks;
    private int configs;

    Churn(SoakCluster cluster, SoakModel model, Random random, String hostEnd) {
        this.cluster = cluster;
        this.api = cluster.admin();
        this.model = model;
        this.random = random;
        this.hostEnd = hostEnd;
    }

    /** {@return how often what was done} */
    Map<String, Integer> done() {
        return done;
    }

    /** The configs and pods of the beginning. */
    void begin() throws IOException {
        // Most pods are selected by this one as long as they live, so that it can be told what must have been counted.
        create(new SoakConfig(
                "base",
                Map.of("app", "web"),
                List.of(),
                List.of("tier"),
                List.of("example.com/owner"),
                Optional.of(new TreeSet<>(List.of("read"))),
                Optional.of(new SoakConfig.Firewall(new TreeSet<>(), new TreeSet<>(List.of(22)), "allow")),
                true));
        createConfig();
        createConfig();
        while (model.pods().size() < FEWEST_PODS) {
            createPod();
        }
    }

    /** One thing. */
    void step(boolean apiServerUp) throws IOException {
        int which = random.nextInt(100);
        if (!apiServerUp) {
            onNode(which);
        } else if (which < 30) {
            work();
        } else if (which < 46) {
            podComesOrGoes();
        } else if (which < 58) {
            relabel();
        } else if (which < 63) {
            restartContainer();
        } else if (which < 66) {
            Optional<SoakPod> unused = replaceSandbox();
        } else if (which < 80) {
            editConfig();
        } else if (which < 84) {
            createConfig();
        } else if (which < 87) {
            deleteConfig();
        } else {
            tamper();
        }
    }

    /** What happens without the API server. */
    private void onNode(int which) throws IOException {
        if (which < 60) {
            work();
        } else if (which < 80) {
            restartContainer();
        } else if (which < 90) {
            // The others keep the network in which their filter has to stay in force, however long that takes.
            if (withNewNetwork.size() < model.pods().size() / 3) {
                replaceSandbox().ifPresent(withNewNetwork::add);
            }
        } else if (ended.size() < 3) {
            Optional<SoakPod> pod = anyOnNode();
            if (pod.isPresent()) {
                pod.get().end();
                ended.add(pod.get());
                count("pod ended unseen");
            }
        }
    }

    /** The API server is there again: it is told what it has missed. */
    void tell() {
        for (SoakPod pod : ended) {
            delete(pod);
        }
        ended.clear();
        withNewNetwork.clear();
    }

    private void count(String what) {
        done.merge(what, 1, Integer::sum);
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private Optional<SoakPod> anyOnNode() {
        List<SoakPod> on =
                model.pods().stream().filter(pod -> pod.node().isPresent()).toList();
        return on.isEmpty() ? Optional.empty() : Optional.of(any(on));
    }

    private Map<String, String> someLabels(String app) {
        Map<String, String> labels = new HashMap<>(Map.of("app", app));
        if (random.nextInt(3) > 0) {
            labels.put("tier", any(OFTEN));
        }
        if (random.nextInt(3) > 0) {
            labels.put("track", any(List.of("stable", "canary")));
        }
        return labels;
    }

    private void podComesOrGoes() throws IOException {
        int there = model.pods().size();
        if (there < FEWEST_PODS || (there < MOST_PODS && random.nextBoolean())) {
            createPod();
            return;
        }
        SoakPod pod = any(List.copyOf(model.pods()));
        switch (random.nextInt(4)) {
            case 0 -> {
                // The kubelet's way: asked to end, ended, and only then gone.
                api.pods()
                        .inNamespace(SoakCluster.NAMESPACE)
                        .withName(pod.name)
                        .withGracePeriod(30)
                        .delete();
                pod.end();
                delete(pod);
                count("pod deleted with grace");
            }
            case 1 -> {
                delete(pod);
                pod.end();
                count("pod deleted first in the API");
            }
            case 2 -> {
                pod.end();
                delete(pod);
                count("pod deleted first on the node");
            }
            default -> complete(pod);
        }
    }

    private void delete(SoakPod pod) {
        model.remove(pod);
        api.pods()
                .inNamespace(SoakCluster.NAMESPACE)
                .withName(pod.name)
                .withGracePeriod(0)
                .delete();
        formerNames.add(pod.name);
    }

    private void createPod() throws IOException {
        String name;
        if (formerNames.size() > 3 && random.nextBoolean()) {
            name = formerNames.remove();
        } else {
            name = "p-" + ++pods;
        }
        boolean elsewhere = random.nextInt(12) == 0;
        Map<String, String> labels = someLabels(random.nextInt(3) > 0 ? "web" : any(List.of("db", "job")));
        Map<String, String> annotations = Map.of("example.com/owner", "team-" + random.nextInt(4));
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace(SoakCluster.NAMESPACE)
                .withName(name)
                .withLabels(labels)
                .withAnnotations(annotations)
                .endMetadata()
                .withNewSpec()
                .withNodeName(elsewhere ? "other-node" : SoakCluster.NODE)
                .addNewContainer()
                .withName("main")
                .withImage("none")
                .endContainer()
                .endSpec()
                .build();
        Pod created = api.resource(pod).create();
        SoakPod made = new SoakPod(name, created.getMetadata().getUid(), elsewhere, labels, annotations);
        made.phase("Pending");
        model.put(made);
        if (!elsewhere) {
            made.onNode(NodePod.create(
                    ContainerCgroup.createBelow(cluster.cgroups(), made.uid), network(), CallingProgram::start));
        }
        tellPhase(made, "Running");
        count(elsewhere ? "pod created on another node" : "pod created");
    }

    private void tellPhase(SoakPod pod, String phase) {
        pod.phase(phase);
        Pod now =
                api.pods().inNamespace(SoakCluster.NAMESPACE).withName(pod.name).require();
        now.setStatus(new PodBuilder()
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build()
                .getStatus());
        api.resource(now).updateStatus();
    }

    private String network() {
        return hostEnd + ++networks;
    }

    private void complete(SoakPod pod) throws IOException {
        if (pod.hasEnded() || pod.elsewhere) {
            return;
        }
        pod.end();
        pod.phase("Succeeded");
        model.follow(pod);
        tellPhase(pod, "Succeeded");
        count("pod completed");
    }

    private void relabel() {
        SoakPod pod = any(List.copyOf(model.pods()));
        boolean annotation = random.nextInt(4) == 0;
        if (annotation) {
            pod.annotations.put("example.com/owner", "team-" + random.nextInt(4));
        } else {
            // Seldom so that no config selects it, or none that has programs.
            String app =
                    random.nextInt(4) == 0 ? any(List.of("web", "db", "job")) : pod.labels.getOrDefault("app", "web");
            Map<String, String> labels = someLabels(app);
            pod.labels.clear();
            pod.labels.putAll(labels);
            model.follow(pod);
        }
        api.pods().inNamespace(SoakCluster.NAMESPACE).withName(pod.name).edit(now -> {
            now.getMetadata().setLabels(new HashMap<>(pod.labels));
            now.getMetadata().setAnnotations(new HashMap<>(pod.annotations));
            return now;
        });
        count(annotation ? "pod annotated" : "pod relabelled");
    }

    private void restartContainer() throws IOException {
        Optional<SoakPod> pod = anyOnNode();
        if (pod.isPresent()) {
            pod.get().restartContainer();
            count("container restarted");
        }
    }

    private Optional<SoakPod> replaceSandbox() throws IOException {
        Optional<SoakPod> pod = anyOnNode();
        if (pod.isPresent()) {
            pod.get().replaceSandbox(network());
            count("sandbox replaced");
        }
        return pod;
    }

    private Set<Integer> ports(int most) {
        Set<Integer> ports = new TreeSet<>();
        int count = random.nextInt(most + 1);
        while (ports.size() < count) {
            ports.add(any(SoakModel.PORTS));
        }
        return ports;
    }

    private SoakConfig.Firewall someFirewall(int alwaysBlocked) {
        Set<Integer> blocked = ports(2);
        if (alwaysBlocked != 0) {
            blocked.add(alwaysBlocked);
        }
        return new SoakConfig.Firewall(ports(4), blocked, random.nextInt(4) == 0 ? "block" : "allow");
    }

    /** Calls of read(2) are always among those that are counted. */
    private Set<String> someCalls() {
        return switch (random.nextInt(4)) {
            case 0 -> new TreeSet<>();
            case 1 -> new TreeSet<>(List.of("read"));
            case 2 -> new TreeSet<>(List.of("read", "kill"));
            default -> new TreeSet<>(List.of("read", "write"));
        };
    }

    private SoakConfig someConfig(String name) {
        Map<String, String> labels = new HashMap<>();
        List<SoakConfig.Requirement> requirements = new ArrayList<>();
        switch (random.nextInt(5)) {
            case 0 -> labels.put("app", any(List.of("web", "db", "job")));
            case 1 -> labels.put("tier", any(OFTEN));
            case 2 -> requirements.add(new SoakConfig.Requirement("track", "In", List.of("canary")));
            case 3 -> requirements.add(new SoakConfig.Requirement("tier", "Exists", List.of()));
            default -> {
                requirements.add(new SoakConfig.Requirement("track", "NotIn", List.of("stable")));
                requirements.add(new SoakConfig.Requirement("tier", "DoesNotExist", List.of()));
            }
        }
        return new SoakConfig(
                name,
                labels,
                requirements,
                random.nextBoolean() ? List.of("app", "track") : List.of(),
                random.nextBoolean() ? List.of("example.com/owner") : List.of(),
                random.nextBoolean() ? Optional.of(someCalls()) : Optional.empty(),
                random.nextInt(3) > 0 ? Optional.of(someFirewall(0)) : Optional.empty(),
                random.nextInt(3) > 0);
    }

    private void create(SoakConfig config) {
        model.put(config);
        api.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace(SoakCluster.NAMESPACE)
                .resource(config.resource(SoakCluster.NAMESPACE))
                .create();
        count("config created");
    }

    private void createConfig() {
        if (model.configs().size() < MOST_CONFIGS) {
            create(someConfig("c-" + ++configs));
        }
    }

    private void editConfig() {
        SoakConfig before = any(List.copyOf(model.configs()));
        SoakConfig after;
        if (before.name().equals("base")) {
            after = new SoakConfig(
                    before.name(),
                    before.labels(),
                    before.requirements(),
                    random.nextBoolean() ? List.of("tier") : List.of("track"),
                    before.annotationsToInclude(),
                    Optional.of(someCalls()),
                    Optional.of(someFirewall(22)),
                    true);
        } else {
            SoakConfig other = someConfig(before.name());
            // Now the rules alone, now the selector, too.
            after = random.nextInt(3) > 0
                    ? new SoakConfig(
                            before.name(),
                            before.labels(),
                            before.requirements(),
                            other.labelsToInclude(),
                            other.annotationsToInclude(),
                            other.syscalls(),
                            other.firewall(),
                            other.export())
                    : other;
        }
        model.put(after);
        write(after);
        count("config edited");
    }

    /** The controller writes the status of the same object; who comes second tries again. */
    private void write(SoakConfig config) {
        boolean written = Deadline.in(PUT_BACK).waitUntil(() -> {
            try {
                api.genericKubernetesResources(ClusterCache.CONFIGS)
                        .inNamespace(SoakCluster.NAMESPACE)
                        .withName(config.name())
                        .edit(now -> {
                            now.setAdditionalProperty("spec", config.spec());
                            return now;
                        });
                return true;
            } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                    throw e;
                }
                return false;
            }
        });
        if (!written) {
            throw new IllegalStateException("config " + config.name() + " cannot be edited");
        }
    }

    private void deleteConfig() {
        List<SoakConfig> others = model.configs().stream()
                .filter(config -> !config.name().equals("base"))
                .toList();
        if (!others.isEmpty()) {
            String name = any(others).name();
            model.removeConfig(name);
            api.genericKubernetesResources(ClusterCache.CONFIGS)
                    .inNamespace(SoakCluster.NAMESPACE)
                    .withName(name)
                    .delete();
            count("config deleted");
        }
    }

    /** What somebody does to a ConfigMap who should not. */
    private void tamper() {
        List<ConfigMap> all =
                api.configMaps().inNamespace(SoakCluster.NAMESPACE).list().getItems();
        if (all.isEmpty()) {
            return;
        }
        ConfigMap which = any(all);
        Resource<ConfigMap> named = api.configMaps()
                .inNamespace(SoakCluster.NAMESPACE)
                .withName(which.getMetadata().getName());
        try {
            switch (random.nextInt(4)) {
                case 0 -> {
                    named.delete();
                    count("ConfigMap deleted");
                }
                case 1 -> {
                    named.edit(now -> new ConfigMapBuilder(now)
                            .addToData("phase", "Tampered")
                            .build());
                    count("ConfigMap's data changed");
                }
                case 2 -> removeLabel(which, named);
                default -> {
                    named.edit(now -> new ConfigMapBuilder(now)
                            .addToData(FOREIGN_KEY, "was here")
                            .build());
                    count("ConfigMap's data added to");
                }
            }
        } catch (KubernetesClientException | ResourceNotFoundException e) {
            // The controller has deleted or changed it meanwhile.
            count("ConfigMap gone before it was tampered with");
        }
    }

    /**
     * By this label the controller knows its own. What is not called for any more before the label is back is left to the
     * garbage collector, which is not here; so nothing else happens until then, nor to one that is not called for: after the API
     * server was away it takes the controller some seconds to hear that.
     */
    private void removeLabel(ConfigMap which, Resource<ConfigMap> named) {
        if (cluster.calmSince().isEmpty()
                || !model.configMaps().contains(which.getMetadata().getName())) {
            return;
        }
        named.edit(now -> new ConfigMapBuilder(now)
                .editMetadata()
                .removeFromLabels(LABEL)
                .endMetadata()
                .build());
        boolean back = Deadline.in(PUT_BACK).waitUntil(() -> {
            ConfigMap now = named.get();
            return now == null || now.getMetadata().getLabels().containsKey(LABEL);
        });
        count(back ? "ConfigMap's label removed" : "ConfigMap's label removed and not put back");
    }

    private void work() throws IOException {
        Optional<SoakPod> pod = anyOnNode();
        if (pod.isPresent() && call(pod.get(), random.nextInt(50), random.nextInt(20))) {
            count("calls made");
        }
    }

    /** Has a pod make calls if they are counted by now, or need not be. */
    boolean call(SoakPod pod, int plain, int killing) throws IOException {
        boolean there = isCounted(pod);
        if (!there) {
            pod.seenUncounted(cluster.calmSince());
        }
        return pod.call(there, plain, killing);
    }

    private boolean isCounted(SoakPod pod) {
        Path records = cluster.bpffs()
                .resolve("counted")
                .resolve(SoakCluster.NAMESPACE)
                .resolve(pod.name);
        try (Stream<Path> all = Files.list(records)) {
            return all.anyMatch(record -> String.valueOf(record.getFileName()).startsWith(pod.uid + "_"));
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
