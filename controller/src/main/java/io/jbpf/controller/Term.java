package io.jbpf.controller;

import io.jbpf.controller.election.ElectionListener;
import io.jbpf.controller.election.Leadership;
import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.reconcile.NodeTenure;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.settings.ElectionSettings;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process does when it begins to lead and when another does. Between the end of its own time and another's
 * beginning all stays as it is: nobody knows better.
 */
final class Term implements ElectionListener {
    private static final Logger LOG = LoggerFactory.getLogger(Term.class);

    private final String nodeName;
    private final Leadership leadership;
    private final Optional<Kernel> kernel;
    private final Runnable lookAtEverything;

    /** This node's kernel, and what to tell of a pod that is no longer seen to. */
    record Kernel(NodePrograms programs, NodeTenure tenure, Consumer<ObjectKey> forget) {}

    Term(String nodeName, Leadership leadership, Optional<Kernel> kernel, Runnable lookAtEverything) {
        this.nodeName = nodeName;
        this.leadership = leadership;
        this.kernel = kernel;
        this.lookAtEverything = lookAtEverything;
    }

    /** There is no election: the time of this process begins with it. */
    void alone() {
        kernel.ifPresent(own -> own.tenure().seeToIt());
    }

    @Override
    public void began() {
        LOG.info("This process leads.");
        kernel.ifPresent(own -> own.tenure().seeToIt());
        lookAtEverything.run();
    }

    @Override
    public void ended(String why) {
        LOG.info("This process leads no longer: {}.", why);
        kernel.ifPresent(own -> own.tenure().unlessWanted());
    }

    @Override
    public void otherLeads(String identity) {
        kernel.ifPresent(own -> {
            // Told late, it may be over: whoever leads now sees to the kernel himself.
            if (!leadership.isHeld()) {
                leave(own, ElectionSettings.nodeOf(identity).equals(nodeName));
            }
        });
    }

    private static void leave(Kernel own, boolean toThisNode) {
        own.programs().pods().stream().map(PodIdentity::key).forEach(own.forget());
        if (toThisNode) {
            LOG.info("Another process on this node leads; it sees to the pods of this node.");
            own.tenure().leaveInPlace();
        } else {
            LOG.info("A process on another node leads; what is ours on this one is taken away.");
            own.tenure().removeAll();
        }
    }
}
