package io.jbpf.controller.cluster;

import io.jbpf.controller.text.Shortened;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes few events of many, by client-go's rules: the same again is counted up in the event that is there; of one object,
 * type and reason no more than ten different messages within ten minutes are told apart; of one object no more than 25 come
 * at once, and then one every five minutes. What is remembered is bounded: of the objects heard of longest ago nothing is.
 * Not for several threads at once.
 */
final class EventSeries {
    private static final int MOST_REMEMBERED = 4096;
    private static final int MOST_MESSAGES = 10;
    private static final Duration ALIKE = Duration.ofMinutes(10);
    private static final int BURST = 25;
    private static final Duration REFILL = Duration.ofMinutes(5);
    private static final String COMBINED = "(combined from similar events): ";

    /**
     * An event as it shall be at the API server.
     *
     * @param name its name
     * @param message its message
     * @param count how often it came
     * @param first when it came first
     * @param last when it came last
     */
    record Sending(String name, String message, int count, Instant first, Instant last) {}

    private record ObjectId(String namespace, String kind, String name, String uid) {}

    private record Kind(ObjectId about, String type, String reason) {}

    private record Same(Kind kind, String message) {}

    private static final class Bucket {
        private double tokens = BURST;
        private Instant filled;

        private Bucket(Instant now) {
            filled = now;
        }

        private boolean take(Instant now) {
            double refilled = (double) Duration.between(filled, now).toMillis() / REFILL.toMillis();
            tokens = Math.min(BURST, tokens + Math.max(0, refilled));
            filled = now;
            if (tokens < 1) {
                return false;
            }
            tokens--;
            return true;
        }
    }

    private static final class Messages {
        private final Set<String> different = new HashSet<>();
        private Instant last;

        private Messages(Instant now) {
            last = now;
        }
    }

    private final Map<ObjectId, Bucket> buckets = recent();
    private final Map<Kind, Messages> messages = recent();
    private final Map<Same, Sending> sent = recent();

    private static <K, V> Map<K, V> recent() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > MOST_REMEMBERED;
            }
        };
    }

    /** What to send about an event; empty if there were too many of its object. */
    Optional<Sending> next(ObservedEvent event, Instant now) {
        ObjectId about = new ObjectId(
                String.valueOf(event.about().getNamespace()),
                String.valueOf(event.about().getKind()),
                String.valueOf(event.about().getName()),
                String.valueOf(event.about().getUid()));
        Kind kind = new Kind(about, event.type(), event.reason());
        Messages alike = messages.computeIfAbsent(kind, k -> new Messages(now));
        if (Duration.between(alike.last, now).compareTo(ALIKE) > 0) {
            alike.different.clear();
        }
        alike.last = now;
        boolean combined = !alike.different.contains(event.message()) && alike.different.size() >= MOST_MESSAGES;
        if (!combined) {
            alike.different.add(event.message());
        }
        if (!buckets.computeIfAbsent(about, a -> new Bucket(now)).take(now)) {
            return Optional.empty();
        }
        Same same = new Same(kind, combined ? COMBINED : event.message());
        Sending before = sent.get(same);
        String message = combined ? COMBINED + event.message() : event.message();
        Sending sending = before == null
                ? new Sending(name(event, now), message, 1, now, now)
                : new Sending(before.name, message, before.count + 1, before.first, now);
        sent.put(same, sending);
        return Optional.of(sending);
    }

    /** As client-go names them: the object, and when it was, so that no two lives of a controller use the same. */
    private String name(ObservedEvent event, Instant now) {
        long nanoseconds = now.getEpochSecond() * 1_000_000_000L + now.getNano() + sent.size();
        String end = "." + Long.toHexString(nanoseconds);
        String object = String.valueOf(event.about().getName());
        return Shortened.to(object, Shortened.OBJECT_NAME - end.length(), "") + end;
    }
}
