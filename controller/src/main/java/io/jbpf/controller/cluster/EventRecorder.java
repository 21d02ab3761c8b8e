package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.election.Leadership;
import io.jbpf.controller.election.LeadershipLostException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells users what they should know as Kubernetes Events (core/v1, which every API server has), written by server-side apply:
 * that takes the rights to create and patch events, and no other. Recording never blocks and never fails; an event that
 * cannot be sent is lost, as Events may be, since the conditions of the config tell the same.
 */
public final class EventRecorder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
    private static final String COMPONENT = "podconfigmap-controller";
    private static final int MOST_WAITING = 1000;
    private static final long CLOSE_MILLIS = 2_000;

    private final KubernetesClient client;
    private final Leadership leadership;
    private final String node;
    private final Clock clock;
    private final EventSeries series = new EventSeries();
    private final BlockingQueue<ObservedEvent> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private volatile boolean closed;
    private final Thread sender = new Thread(this::send, "events");

    /**
     * Starts a recorder.
     *
     * @param client how to reach the API server
     * @param leadership asked before each event; what one tells who does not act is not sent
     * @param node the node that this process runs on, for the events' source
     * @param clock what events are dated by
     */
    public EventRecorder(KubernetesClient client, Leadership leadership, String node, Clock clock) {
        this.client = client;
        this.leadership = leadership;
        this.node = node;
        this.clock = clock;
        sender.setDaemon(true);
        sender.start();
    }

    /**
     * Tells of something, soon. Where a thousand wait already it is lost.
     *
     * @param event what happened
     */
    public void record(ObservedEvent event) {
        if (!waiting.offer(event)) {
            LOG.debug(
                    "An event about {} is lost, since too many wait.",
                    event.about().getName());
        }
    }

    private void send() {
        try {
            while (!closed) {
                ObservedEvent event = waiting.take();
                series.next(event, clock.instant()).ifPresent(sending -> apply(event, sending));
            }
        } catch (InterruptedException e) {
            LOG.debug("No more events are sent.");
        }
    }

    // Whatever goes wrong with one event, the next ones are to be sent.
    private void apply(ObservedEvent event, EventSeries.Sending sending) {
        try {
            leadership.require();
            client.v1()
                    .events()
                    .inNamespace(event.about().getNamespace())
                    .resource(event(event, sending))
                    .fieldManager(ConfigMapWriter.FIELD_MANAGER)
                    .forceConflicts()
                    .serverSideApply();
        } catch (LeadershipLostException e) {
            LOG.debug("An event about {} is left to who leads.", event.about().getName());
        } catch (KubernetesClientException e) {
            LOG.debug("An event about {} could not be sent: {}", event.about().getName(), e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("An event about {} could not be sent.", event.about().getName(), e);
        }
    }

    private Event event(ObservedEvent event, EventSeries.Sending sending) {
        return new EventBuilder()
                .withNewMetadata()
                .withNamespace(event.about().getNamespace())
                .withName(sending.name())
                .endMetadata()
                .withInvolvedObject(event.about())
                .withType(event.type())
                .withReason(event.reason())
                .withMessage(sending.message())
                .withNewSource(COMPONENT, node)
                .withReportingComponent(COMPONENT)
                .withReportingInstance(node)
                .withCount(sending.count())
                .withFirstTimestamp(time(sending.first()))
                .withLastTimestamp(time(sending.last()))
                .build();
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Ends. What was not sent yet is lost. */
    @Override
    public void close() {
        closed = true;
        sender.interrupt();
        try {
            sender.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
