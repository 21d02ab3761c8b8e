package io.jbpf.controller.node;

import io.jbpf.error.BpfException;
import io.jbpf.error.LockHeldException;
import io.jbpf.fs.BpfFs;
import io.jbpf.fs.BpffsLock;
import io.jbpf.programs.IncompatibleStateException;
import io.jbpf.programs.L4Remains;
import io.jbpf.programs.NewerStateException;
import io.jbpf.programs.SyscallCounter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away all that is provably ours on this node: the pinned counter, firewalls with their links and clsact filters, what
 * they share, and the directories that are empty then. Of any version as far as it can be told; may be done again, also after
 * one that did not get to its end.
 */
public final class NodeUninstall {
    private static final Logger LOG = LoggerFactory.getLogger(NodeUninstall.class);

    /** A process that was told to end needs a moment. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final NodeDirectory node;
    private final VisibleNamespaces namespaces;

    /**
     * Takes nothing away yet.
     *
     * @param root the directory in a bpffs where all is pinned
     * @param proc where the node's processes are seen
     * @param netns where runtimes keep network namespaces
     */
    public NodeUninstall(Path root, Path proc, Path netns) {
        this.node = new NodeDirectory(root);
        this.namespaces = new VisibleNamespaces(new KernelNamespaces(), proc, netns);
    }

    /**
     * Takes all away.
     *
     * @throws NodeUnusableException if a process has the node lock, or something of ours is left; it says what to do
     */
    public void uninstall() {
        if (!Files.exists(node.root())) {
            LOG.info("There is no {}: nothing of ours is here.", node);
            return;
        }
        try {
            BpfFs place = BpfFs.at(node.root());
            try (BpffsLock lock = BpffsLock.acquire(node.root(), PATIENCE)) {
                remove(place, lock);
            }
            List<Path> left = new ArrayList<>(NodeDirectory.list(node.root()));
            List<Path> ours = left.stream()
                    .filter(each -> NodeDirectory.isOurs(NodeDirectory.name(each)))
                    .toList();
            left.removeAll(ours);
            if (!ours.isEmpty()) {
                throw new NodeUnusableException(
                        "Something is left in " + ours
                                + " that this version does not know; uninstall with the version that made it, or look at it"
                                + " and remove it by hand.",
                        null);
            }
            left.forEach(each -> LOG.warn("{} is not ours and is left as it is.", each));
            if (left.isEmpty()) {
                removeRoot();
            }
            LOG.info("Nothing of ours is left on this node.");
        } catch (LockHeldException e) {
            throw new NodeUnusableException(
                    "The node is in use: " + e.getMessage() + ". Delete the controller from the node first.", e);
        } catch (IncompatibleStateException | NewerStateException e) {
            // The firewalls are gone by then, of whatever version: whoever is cut off by them must not wait.
            throw new NodeUnusableException("The counter of system calls stays: " + e.getMessage() + ".", e);
        } catch (BpfException e) {
            throw new NodeUnusableException(
                    "Not all could be taken away: " + e.getMessage() + ". Run this as root.", e);
        }
    }

    private void remove(BpfFs place, BpffsLock lock) {
        List<BpfFs> firewalls = node.firewalls();
        L4Remains remains = L4Remains.of(place, firewalls);
        int[] filters = new int[1];
        namespaces.forEach(namespace -> filters[0] += namespace.call(remains::detachFilters));
        for (BpfFs firewall : firewalls) {
            L4Remains.removeFirewall(firewall);
            NodeDirectory.removeIfEmpty(firewall.directory());
        }
        NodeDirectory.removeEmpty(node.filtered());
        remains.removeDatapath();
        LOG.info("{} firewalls are gone, with {} filters.", firewalls.size(), filters[0]);
        if (Files.isDirectory(node.counter())) {
            SyscallCounter.remove(node.counter(), lock);
            LOG.info("The counter of system calls is gone.");
        }
        NodeDirectory.removeEmpty(node.counted());
        NodeDirectory.removeIfEmpty(node.wanted());
    }

    /** It stays where something is mounted on it, as in a container. */
    private void removeRoot() {
        try {
            NodeDirectory.removeIfEmpty(node.root());
        } catch (BpfException e) {
            LOG.info("The empty directory {} stays: {}.", node, e.getMessage());
        }
    }
}
