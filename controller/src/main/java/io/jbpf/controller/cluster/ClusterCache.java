package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapList;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.jbpf.controller.crd.PodConfigMapConfig;
import io.jbpf.controller.rules.ObjectKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What is watched: the configs, the pods, and the ConfigMaps that bear our label. Configs come as raw resources, so that
 * one that fits no type does not keep the others from being read. A lost connection is taken up again for ever.
 */
public final class ClusterCache implements AutoCloseable {
    /** How the custom resource is addressed. */
    public static final ResourceDefinitionContext CONFIGS = new ResourceDefinitionContext.Builder()
            .withGroup(PodConfigMapConfig.GROUP)
            .withVersion(PodConfigMapConfig.VERSION)
            .withKind(PodConfigMapConfig.KIND)
            .withPlural(PodConfigMapConfig.PLURAL)
            .withNamespaced(true)
            .build();

    private static final String BY_POD = "pod";
    /** A page is in memory as text and as objects at once. */
    private static final long PAGE = 100L;

    private final ConfigBook book;
    private final SharedIndexInformer<GenericKubernetesResource> configs;
    private final SharedIndexInformer<Pod> pods;
    private final SharedIndexInformer<ConfigMap> configMaps;

    /**
     * Caches that are still empty.
     *
     * @param client how to reach the API server
     * @param node the only node whose pods matter; empty if all do
     * @param book where the configs are read into
     * @param podChanged told of every pod whose own state or ConfigMap changed; must not block
     * @param configChanged told of every config that changed; must not block
     */
    public ClusterCache(
            KubernetesClient client,
            Optional<String> node,
            ConfigBook book,
            Consumer<ObjectKey> podChanged,
            Consumer<ObjectKey> configChanged) {
        this.book = book;
        this.configs = client.genericKubernetesResources(CONFIGS)
                .inAnyNamespace()
                .withLimit(PAGE)
                .runnableInformer(0);
        // What other nodes have shall not even be sent here.
        FilterWatchListDeletable<Pod, PodList, PodResource> anyPods =
                client.pods().inAnyNamespace().withLabels(Map.of());
        FilterWatchListDeletable<ConfigMap, ConfigMapList, Resource<ConfigMap>> ours =
                client.configMaps().inAnyNamespace().withLabel(PodConfigMap.GENERATED_BY);
        this.pods = node.map(name -> anyPods.withField("spec.nodeName", name))
                .orElse(anyPods)
                .withLimit(PAGE)
                .runnableInformer(0);
        this.configMaps = node.map(name -> ours.withLabel(PodConfigMap.NODE, PodConfigMap.nodeLabel(name)))
                .orElse(ours)
                .withLimit(PAGE)
                .runnableInformer(0);
        pods.itemStore(TrimmedStore.ofPods());
        configMaps.itemStore(TrimmedStore.ofConfigMaps());
        configs.addEventHandler(new ConfigEvents(configChanged));
        pods.addEventHandler(new Events<>(pod -> Optional.of(key(pod)), podChanged));
        configMaps.addIndexers(
                Map.of(BY_POD, configMap -> PodConfigMap.describedPod(configMap).map(ObjectKey::toString).stream()
                        .toList()));
        configMaps.addEventHandler(new Events<>(PodConfigMap::describedPod, podChanged));
        for (SharedIndexInformer<?> informer : informers()) {
            informer.exceptionHandler((started, failure) -> true);
        }
    }

    private List<SharedIndexInformer<?>> informers() {
        return List.of(configs, pods, configMaps);
    }

    /** Begins to list and watch. Returns at once. */
    public void start() {
        for (SharedIndexInformer<?> informer : informers()) {
            informer.start();
        }
    }

    /**
     * Whether everything was listed once and every config read, so that what is not in the caches or the book is not there.
     *
     * @return whether absence means anything
     */
    public boolean synced() {
        // What was listed is in the cache at once, but in the book only when the handler has been told, on another
        // thread.
        return informers().stream().allMatch(SharedIndexInformer::hasSynced)
                && configs.getIndexer().list().stream()
                        .allMatch(resource -> book.get(key(resource)).isPresent());
    }

    /**
     * A pod.
     *
     * @param key where it is
     * @return the pod as last seen
     */
    public Optional<Pod> pod(ObjectKey key) {
        return Optional.ofNullable(pods.getIndexer().getByKey(Cache.namespaceKeyFunc(key.namespace(), key.name())));
    }

    /**
     * The pods of a namespace.
     *
     * @param namespace its name
     * @return the pods as last seen
     */
    public List<Pod> pods(String namespace) {
        return pods.getIndexer().byIndex(Cache.NAMESPACE_INDEX, namespace);
    }

    /**
     * Every pod.
     *
     * @return the pods as last seen
     */
    public List<Pod> pods() {
        return pods.getIndexer().list();
    }

    /**
     * A config as the API server has it.
     *
     * @param key where it is
     * @return the resource as last seen
     */
    public Optional<GenericKubernetesResource> config(ObjectKey key) {
        return Optional.ofNullable(configs.getIndexer().getByKey(Cache.namespaceKeyFunc(key.namespace(), key.name())));
    }

    /**
     * The ConfigMaps of ours about a pod, of earlier lives of it too.
     *
     * @param pod where the pod is or was
     * @return the ConfigMaps as last seen
     */
    public List<ConfigMap> configMaps(ObjectKey pod) {
        return configMaps.getIndexer().byIndex(BY_POD, pod.toString());
    }

    /**
     * Every pod that a ConfigMap of ours is about, be it there or not.
     *
     * @return where they are or were
     */
    public List<ObjectKey> describedPods() {
        return configMaps.getIndexer().list().stream()
                .flatMap(configMap -> PodConfigMap.describedPod(configMap).stream())
                .distinct()
                .toList();
    }

    /**
     * Where an object is.
     *
     * @param object the object
     * @return its key
     */
    public static ObjectKey key(HasMetadata object) {
        return new ObjectKey(
                object.getMetadata().getNamespace(), object.getMetadata().getName());
    }

    @Override
    public void close() {
        informers().forEach(SharedIndexInformer::stop);
    }

    private record Events<T extends HasMetadata>(Function<T, Optional<ObjectKey>> about, Consumer<ObjectKey> told)
            implements ResourceEventHandler<T> {
        @Override
        public void onAdd(T object) {
            about.apply(object).ifPresent(told);
        }

        @Override
        public void onUpdate(T before, T now) {
            about.apply(before).ifPresent(told);
            about.apply(now).ifPresent(told);
        }

        @Override
        public void onDelete(T object, boolean lastStateUnknown) {
            about.apply(object).ifPresent(told);
        }
    }

    private final class ConfigEvents implements ResourceEventHandler<GenericKubernetesResource> {
        private final Consumer<ObjectKey> told;

        private ConfigEvents(Consumer<ObjectKey> told) {
            this.told = told;
        }

        @Override
        public void onAdd(GenericKubernetesResource resource) {
            book.put(key(resource), resource);
            told.accept(key(resource));
        }

        @Override
        public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
            onAdd(now);
        }

        @Override
        public void onDelete(GenericKubernetesResource resource, boolean lastStateUnknown) {
            book.remove(key(resource));
            told.accept(key(resource));
        }
    }
}
