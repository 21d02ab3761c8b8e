package io.jbpf.controller.reconcile;

import io.jbpf.controller.health.Loops;
import io.jbpf.controller.metrics.PodSampler;
import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.NodeUnusableException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this process sees to the kernel of its node, as leadership comes and goes. Of all processes on a node the one that
 * has the node lock does; who waits for it waits on a thread of its own, and looks often enough to act half a second after it
 * was let go. Nobody waits for this.
 */
public final class NodeTenure implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeTenure.class);

    /** A flock(2) that waits would not heed the end of this process's time; a look is two system calls. */
    private static final Duration LOOK = Duration.ofMillis(50);

    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final Duration AT_EASE = Duration.ofSeconds(5);
    private static final long CLOSE_MILLIS = 10_000;

    private enum Goal {
        NOTHING,
        SEE_TO_IT,
        UNLESS_WANTED,
        LEAVE,
        REMOVE
    }

    private final NodePrograms programs;
    private final PodSampler sampler;
    private final Runnable begun;
    private final Loops.Loop loop;
    private final Thread thread = new Thread(this::run, "node-tenure");
    private Goal goal = Goal.NOTHING;
    private boolean closed;
    private volatile boolean held;
    private volatile String trouble = "";

    /**
     * A tenure that has not begun.
     *
     * @param programs those of the node
     * @param sampler told when its samples begin and end to be this node's
     * @param begun told each time that this process begins to see to the node, or knows why it cannot
     * @param loop a round is a look
     */
    public NodeTenure(NodePrograms programs, PodSampler sampler, Runnable begun, Loops.Loop loop) {
        this.programs = programs;
        this.sampler = sampler;
        this.begun = begun;
        this.loop = loop;
        thread.setDaemon(true);
    }

    /** Begins to do what it is told. */
    public void start() {
        thread.start();
    }

    /** This process sees to the node from now on, as soon as no other does: it goes on with what an earlier one left. */
    public void seeToIt() {
        aim(Goal.SEE_TO_IT);
    }

    /** Nobody knows who sees to the node: all stays as it is, until a process on this node wants it. */
    public void unlessWanted() {
        aim(Goal.UNLESS_WANTED);
    }

    /** Another process on this node sees to it from now on: all stays in force, and this process lets go of it. */
    public void leaveInPlace() {
        aim(Goal.LEAVE);
    }

    /** No process sees to this node from now on: all that is ours is taken away, also what an earlier process left. */
    public void removeAll() {
        aim(Goal.REMOVE);
    }

    private synchronized void aim(Goal next) {
        goal = next;
        notifyAll();
    }

    /**
     * Whether this process sees to the node.
     *
     * @return true if it has the node lock
     */
    public boolean isHeld() {
        return held;
    }

    /**
     * Whether there is anything to be done for pods: to attach their programs, or to tell why they cannot be.
     *
     * @return false while another process sees to the node
     */
    public boolean mayAct() {
        return held || !trouble.isEmpty();
    }

    private void run() {
        try {
            while (true) {
                Goal now;
                synchronized (this) {
                    if (closed) {
                        return;
                    }
                    now = goal;
                }
                Duration[] pause = {AT_EASE};
                loop.round(() -> pause[0] = step(now));
                synchronized (this) {
                    if (!closed && goal == now) {
                        wait(pause[0].toMillis());
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Answers when to look again. */
    private Duration step(Goal now) {
        try {
            return switch (now) {
                case SEE_TO_IT -> held || take() ? AT_EASE : LOOK;
                case UNLESS_WANTED -> {
                    if (held && programs.wanted()) {
                        leave();
                    }
                    yield held ? LOOK : AT_EASE;
                }
                case REMOVE -> {
                    end();
                    boolean done = programs.removeAll();
                    if (done) {
                        reached(Goal.REMOVE);
                        LOG.info("Nothing is attached on this node any more.");
                    }
                    yield done ? AT_EASE : AGAIN;
                }
                case LEAVE -> {
                    leave();
                    yield AT_EASE;
                }
                case NOTHING -> AT_EASE;
            };
        } catch (NodeUnusableException e) {
            if (now == Goal.REMOVE) {
                LOG.debug("Nothing can have been attached: {}", e.getMessage());
                reached(Goal.REMOVE);
                return AT_EASE;
            }
            tell(String.valueOf(e.getMessage()));
            return AGAIN;
        } catch (RuntimeException e) {
            LOG.error("The programs of this node could not be taken over or left, which is tried again.", e);
            return AGAIN;
        }
    }

    private boolean take() {
        if (!programs.take()) {
            trouble = "";
            return false;
        }
        sampler.begin();
        held = true;
        trouble = "";
        LOG.info("This process sees to the programs of this node.");
        begun.run();
        return true;
    }

    private void tell(String why) {
        if (!why.equals(trouble)) {
            trouble = why;
            LOG.error("{}", why);
            begun.run();
        }
    }

    private void leave() {
        trouble = "";
        if (held) {
            end();
            programs.leave();
            LOG.info("This process sees to the programs of this node no longer; they stay in force.");
        }
    }

    /** Before another can have the node, and export more than this process has read. */
    private void end() {
        held = false;
        sampler.end();
    }

    private synchronized void reached(Goal what) {
        if (goal == what) {
            goal = Goal.NOTHING;
        }
    }

    /** Lets go of the node: all stays in force. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        leave();
    }
}
