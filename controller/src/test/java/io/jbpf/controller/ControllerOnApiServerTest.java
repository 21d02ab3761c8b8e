package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.impl.cache.Reflector;
import io.jbpf.controller.kubernetes.FarKubernetes;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The same against a real API server, with the rights of deploy/rbac.yaml. */
@RealApiServer
class ControllerOnApiServerTest extends ControllerTest {
    private static final int UNPROCESSABLE = 422;

    private final KubeApiServer server;
    private final FarKubernetes far;

    ControllerOnApiServerTest(KubeApiServer server) {
        this.server = server;
        this.far = FarKubernetes.from(RealKubernetes.on(server));
    }

    @Override
    TestKubernetes startKubernetes() {
        return far;
    }

    /** Here the schema refuses what makes no sense before the controller sees it. */
    @Override
    @Test
    void aConfigThatMakesNoSenseIsToldSoAndTheOthersGoOn() {
        assertRefused("ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [70000]}}");
        assertRefused("ebpfConfig: [not, even, an, object]");
    }

    @Override
    @Test
    void aConfigEditedIntoNonsenseStaysInForceAsItWas() {
        assertRefused("ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [22, 0]}}");
    }

    /** The server lets nobody write the status of an object that it would not let in today, so nothing can be said there. */
    @Test
    void aConfigThatIsOlderThanTheSchemaIsNotEnforcedAndTheOthersGoOn() throws IOException {
        Path definition = Path.of("..", "deploy", "crd.yaml");
        Path unchecked = directory.resolve("unchecked.yaml");
        Files.writeString(
                unchecked,
                Files.readString(definition)
                        .replaceAll(
                                "(?s)openAPIV3Schema:.*    served: true",
                                "openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}\n"
                                        + "    served: true"));
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        kubernetes.define(unchecked);
        try {
            Waits.until(() -> !refused("bad", "ebpfConfig: [not, even, an, object]"));
        } finally {
            kubernetes.define(definition);
        }
        Waits.until(() -> refused("another", "ebpfConfig: [not, even, an, object]"));
        config("good", EBPF);

        awaitAttached("good");
        assertThat(configMap("pod-web-1-from-bad-cfg")).isEmpty();
        replace("bad", EBPF);
        awaitAttached("bad");
    }

    private boolean refused(String name, String spec) {
        try {
            config(name, spec);
            return false;
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).isEqualTo(UNPROCESSABLE);
            return true;
        }
    }

    /** Each watch goes on where it was, and tells what happened meanwhile. */
    @Test
    void goesOnWhereAWatchWasThatWasCutOff() throws IOException {
        changeWhileCutOff(() -> {});
    }

    /** A server that was started anew does not know what happened before: all is listed again. */
    @Test
    void listsAnewWhenTheServerForgotWhereAWatchWas() throws IOException {
        Logger reflector = (Logger) LoggerFactory.getLogger(Reflector.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        reflector.addAppender(log);
        reflector.setLevel(Level.DEBUG);
        try {
            changeWhileCutOff(() -> {
                server.interrupt();
                server.resume();
            });
            assertThat(List.copyOf(log.list))
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .anyMatch(message -> message.startsWith("Watch restarting due to http gone for v1/pods"));
        } finally {
            reflector.setLevel(null);
            reflector.detachAppender(log);
        }
    }

    private void changeWhileCutOff(Runnable meanwhile) throws IOException {
        Pod stays = pod("web-1", "node-1", Map.of("app", "web"));
        Pod goes = pod("web-2", "node-1", Map.of("app", "web"));
        node.pod(stays.getMetadata().getUid(), 100, 7, "eth0");
        node.pod(goes.getMetadata().getUid(), 200, 8, "eth1");
        config("c", EBPF);
        Waits.until(() -> programs.attached(identity(stays)).size() == 2
                && programs.attached(identity(goes)).size() == 2);

        far.path().freeze();
        client.pods()
                .inNamespace("default")
                .withName("web-2")
                .withGracePeriod(0)
                .delete();
        replace("c", EBPF.replace("[22]", "[22, 23]"));
        meanwhile.run();
        far.path().cut();
        assertThat(programs.attached(identity(stays))).hasSize(2);
        assertThat(programs.attached(identity(goes))).hasSize(2);
        far.path().thaw();

        Waits.until(() -> programs.attached(identity(goes)).isEmpty());
        Waits.until(() -> programs.filtered(identity(stays))
                .filter(filter -> filter.rules().blocked().contains(23))
                .isPresent());
        assertThat(programs.attached(identity(stays))).hasSize(2);
    }

    private void assertRefused(String spec) {
        assertThatThrownBy(() -> configs().resource(resource("bad", spec)).create())
                .isInstanceOfSatisfying(KubernetesClientException.class, refusal -> assertThat(refusal.getCode())
                        .isEqualTo(UNPROCESSABLE));
    }
}
