package io.jbpf.controller.election;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.health.Loops;
import io.jbpf.controller.settings.ElectionSettings;
import io.jbpf.controller.text.ApiFailure;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes part in an election: renews the Lease while it leads, and takes it when nobody renews it.
 *
 * <p>Never do two lead at a time, as long as monotonic clocks run alike and all have the same settings:
 *
 * <ul>
 *   <li>a leader's time ends the renew deadline after it <em>sent</em> its last renewal, see {@link Leadership};
 *   <li>another takes over when the record has not changed for the lease duration since it <em>saw</em> it, and its write
 *       fails if the Lease is not the one it saw;
 *   <li>a Lease that was deleted, or that never was, is made only after the renew deadline: somebody may lead by it still;
 *   <li>a record with this process's name that this process did not write is another's, such as a process of the same name.
 * </ul>
 *
 * <p>{@link System#nanoTime()} stands still while a whole machine is suspended, so a suspended machine is not covered.
 */
public final class LeaseElector implements Leadership, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseElector.class);

    private final ElectionSettings settings;
    private final LeaseStore store;
    private final LeaseRecords records;
    private final LongSupplier nanoTime;
    private final HeldTime held;
    private final Loops.Loop loop;
    private final Thread thread;
    private final ElectionListener listener;
    private final ElectionTrouble trouble;
    private volatile boolean closed;

    /** Of the election's thread alone, and of {@link #close} when that has ended. */
    private @Nullable Lease mine;

    private Optional<LeaseSpec> observed = Optional.empty();
    private boolean looked;
    private long observedAt;

    /**
     * One who does not take part yet.
     *
     * @param settings who it is, and how often it looks
     * @param store where the Lease is; closed with this
     * @param wallClock what the times in the Lease are from; nothing depends on it
     * @param nanoTime a clock that never goes back, as {@link System#nanoTime()}
     * @param loop told of each round
     * @param listener told what it comes to
     */
    public LeaseElector(
            ElectionSettings settings,
            LeaseStore store,
            Clock wallClock,
            LongSupplier nanoTime,
            Loops.Loop loop,
            ElectionListener listener) {
        this.settings = settings;
        this.store = store;
        this.records = new LeaseRecords(settings, wallClock);
        this.nanoTime = nanoTime;
        this.loop = loop;
        this.listener = listener;
        this.trouble = new ElectionTrouble(settings);
        this.held = new HeldTime(nanoTime, listener);
        this.thread = HeldTime.daemon(this::run, "election");
    }

    /** Begins to take part. */
    public void start() {
        thread.start();
    }

    @Override
    public boolean isHeld() {
        return held.isHeld();
    }

    /**
     * How often this process began to lead.
     *
     * @return a number that tells one term from the next
     */
    public int terms() {
        return held.begun();
    }

    /**
     * Why this process cannot take part.
     *
     * @return a sentence, if the API server refused it; empty if it only does not lead
     */
    public Optional<String> refusal() {
        return trouble.refusal();
    }

    private void run() {
        while (!closed) {
            long began = nanoTime.getAsLong();
            loop.round(this::round);
            try {
                pause(began);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void round() {
        try {
            if (held.isHeld()) {
                renew();
            } else {
                contend();
            }
            trouble.over();
        } catch (KubernetesClientException e) {
            // A call that was interrupted because this ends is no trouble.
            if (!closed) {
                trouble.met(e);
            }
        } catch (RuntimeException e) {
            LOG.error("The election met something unexpected and goes on.", e);
        }
    }

    /**
     * A leader renews when half of its time is over, as a client of DHCP does (RFC 2131, 4.4.5), and where that failed again in
     * each retry period: with 4 s and 0.9 s there are two calls that may both take as long as they can. The others look in each,
     * at a time that varies, so that they do not all try at once; and not less often, since a Lease that was given up should be
     * taken at once.
     */
    private void pause(long began) throws InterruptedException {
        long retry = settings.retryPeriod().toNanos();
        long pause = held.isHeld()
                ? Math.max(
                        retry - (nanoTime.getAsLong() - began),
                        held.nanosLeft() - settings.renewDeadline().toNanos() / 2)
                : retry / 2 + ThreadLocalRandom.current().nextLong(retry / 2);
        Thread.sleep(Math.max(pause, retry / 10) / 1_000_000);
    }

    private void renew() {
        Lease last = Objects.requireNonNull(mine);
        try {
            write(last, records.renewed(last.getSpec()));
        } catch (KubernetesClientException e) {
            // A Lease may be made by PUT, so that of one that was deleted the API server says 409, too: the UID is not
            // met.
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            Optional<Lease> found = store.get();
            if (found.isPresent()) {
                renewEdited(found.get());
            } else {
                LOG.warn("{} was deleted; it is made again.", name());
                renewDeleted(last.getSpec());
            }
        }
    }

    /** As long as ours is held, nobody else may have made it. */
    private void renewDeleted(LeaseSpec last) {
        if (!held.isHeld()) {
            observe(Optional.empty());
            return;
        }
        try {
            make(records.renewed(last));
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            store.get().ifPresent(this::renewEdited);
        }
    }

    /** Somebody wrote it: a person, we ourselves with an answer that was lost, or another who leads now. */
    private void renewEdited(Lease found) {
        LeaseSpec now = LeaseRecords.spec(found);
        if (!records.isMine(now)) {
            held.end("the Lease was given to " + LeaseRecords.nobodyOr(now));
        }
        observe(Optional.of(found));
        if (held.isHeld()) {
            write(found, records.renewed(now));
        }
    }

    private void contend() {
        // Of a term that ran out its end is told first, whoever sees it first.
        if (!held.isHeld()) {
            held.end("it was not renewed in time");
        }
        Optional<Lease> found = store.get();
        boolean released = observed.filter(LeaseRecords::isFree).isPresent();
        observe(found);
        try {
            if (found.isEmpty()) {
                if (released || age() > settings.renewDeadline().toNanos()) {
                    make(records.first());
                }
                return;
            }
            LeaseSpec spec = LeaseRecords.spec(found.get());
            if (records.isOwnWriting(spec)) {
                write(found.get(), records.renewed(spec));
            } else if (LeaseRecords.isFree(spec)
                    || age() > records.patience(spec).toNanos()) {
                write(found.get(), records.taken(spec));
            }
        } catch (KubernetesClientException e) {
            // Another was faster; who, the next look will tell.
            boolean gone = e.getCode() == HttpURLConnection.HTTP_NOT_FOUND && found.isPresent();
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && !gone) {
                throw e;
            }
        }
    }

    private long age() {
        return nanoTime.getAsLong() - observedAt;
    }

    /** Its age is that of our looking at it, from the first look that showed it as it is. */
    private void observe(Optional<Lease> found) {
        Optional<LeaseSpec> now = found.map(LeaseRecords::spec);
        if (looked && now.equals(observed)) {
            return;
        }
        Optional<String> before = observed.map(LeaseRecords::holder);
        observedAt = nanoTime.getAsLong();
        observed = now;
        looked = true;
        Optional<String> holder = now.map(LeaseRecords::holder).filter(identity -> !identity.isEmpty());
        if (!holder.equals(before)) {
            holder.filter(identity -> !identity.equals(settings.identity())).ifPresent(identity -> {
                LOG.info("{} leads.", identity);
                held.tell(() -> listener.otherLeads(identity));
            });
        }
    }

    private void write(Lease replaced, LeaseSpec spec) {
        records.attempt(spec);
        long sent = nanoTime.getAsLong();
        written(store.update(records.replacing(replaced, spec)), sent);
    }

    private void make(LeaseSpec spec) {
        records.attempt(spec);
        long sent = nanoTime.getAsLong();
        written(store.create(records.lease(spec)), sent);
    }

    private void written(Lease lease, long sent) {
        mine = lease;
        observed = Optional.of(LeaseRecords.spec(lease));
        observedAt = nanoTime.getAsLong();
        looked = true;
        records.confirmed(lease.getSpec());
        held.extend(sent + settings.renewDeadline().toNanos());
    }

    private String name() {
        return "Lease " + settings.lockNamespace() + "/" + settings.lockName();
    }

    /**
     * Ends the time of leading, and gives the Lease up so that another takes over at once. Whoever acts by it must have
     * stopped before.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        held.close();
        thread.interrupt();
        try {
            // A call ends in a retry period.
            thread.join(settings.retryPeriod().plus(Duration.ofSeconds(1)).toMillis());
            if (!thread.isAlive()) {
                release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            store.close();
        }
    }

    private void release() {
        Lease last = mine;
        if (last == null) {
            return;
        }
        try {
            Optional<Lease> found = store.get();
            if (found.isPresent() && records.isOwnWriting(LeaseRecords.spec(found.get()))) {
                store.update(records.replacing(found.get(), records.released(LeaseRecords.spec(found.get()))));
                LOG.info("{} was given up.", name());
            }
        } catch (KubernetesClientException e) {
            LOG.warn("{} was not given up and will run out: {}", name(), ApiFailure.sentence(e));
        }
    }
}
