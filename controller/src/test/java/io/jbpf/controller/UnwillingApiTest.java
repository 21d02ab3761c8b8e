package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** An API server that refuses to write: it is asked again until it does. */
class UnwillingApiTest extends ControllerScenario {
    private static final int TRIES = 2;
    private static final String CONFIG_MAPS = "/namespaces/default/configmaps/";

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.jbpf.controller");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final EmbeddedKubernetes embedded = EmbeddedKubernetes.start();

    @Override
    TestKubernetes startKubernetes() {
        log.start();
        logger.addAppender(log);
        return embedded;
    }

    @AfterEach
    void closeLog() {
        logger.detachAppender(log);
    }

    @ParameterizedTest
    @CsvSource({
        "403, Forbidden, forbidden",
        "404, NotFound, not_found",
        "409, Conflict, conflict",
        "422, Invalid, invalid",
    })
    void triesToWriteAgain(int code, String reason, String errorType) throws IOException {
        attachWhileRefused(code, reason);
        awaitMetric("podconfigmap_controller_reconciliation_errors_total{error_type=\"" + errorType
                + "\",namespace=\"default\",resource_type=\"pod\"} " + TRIES + ".0");
        assertNothingUnexpected();
    }

    /** These the client itself tries again, as it is asked to. */
    @ParameterizedTest
    @CsvSource({"429, TooManyRequests", "503, ServiceUnavailable"})
    void waitsForAServerThatIsBusy(int code, String reason) throws IOException {
        attachWhileRefused(code, reason);
        assertNothingUnexpected();
    }

    private void attachWhileRefused(int code, String reason) throws IOException {
        Pod pod = podHere("web-1");
        for (int i = 0; i < TRIES; i++) {
            embedded.refuseNext(HttpMethod.PATCH, CONFIG_MAPS, code, reason);
        }

        config("c", ControllerTest.EBPF);

        await("pod-web-1-from-c-cfg");
        awaitAttached("c");
        assertThat(programs.attached(identity(pod))).hasSize(2);
    }

    private void assertNothingUnexpected() {
        assertThat(List.copyOf(log.list))
                .noneMatch(event -> event.getThrowableProxy() != null)
                .extracting(ILoggingEvent::getLevel)
                .doesNotContain(Level.ERROR);
    }
}
