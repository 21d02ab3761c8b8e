package io.jbpf.controller.node;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The namespaces that runtimes keep as files, {@code /run/netns/cni-<uuid>} and the like. The names tell nothing; which is
 * whose is told by the inode, or by the addresses inside. What was learnt of a file is kept while it is there.
 */
final class NamedNamespaces {
    private static final Logger LOG = LoggerFactory.getLogger(NamedNamespaces.class);

    /** Beyond any node's pods; what is more is nobody's. */
    private static final int MOST = 16_384;

    private static final long REST_NANOS = Duration.ofSeconds(1).toNanos();

    private final Path directory;
    private final NetworkNamespaces namespaces;
    private final Map<Path, Known> known = new HashMap<>();
    private final LongSupplier nanoTime;
    private boolean anyWithout;
    private @Nullable Long nextAll;

    /** A file, the inode it had, and the addresses that were found inside; none while it has none, or nobody asked. */
    private record Known(long inode, Set<InetAddress> addresses) {
        boolean hasAnyOf(Set<InetAddress> wanted) {
            return addresses.stream().anyMatch(wanted::contains);
        }
    }

    NamedNamespaces(Path directory, NetworkNamespaces namespaces, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.directory = directory;
        this.namespaces = namespaces;
    }

    Path directory() {
        return directory;
    }

    /** {@return whether there was a file that is no namespace: what a bind mount made outside looks like without propagation} */
    synchronized boolean hasFilesWithoutNamespace() {
        return anyWithout;
    }

    /** {@return the file of the namespace with that inode} */
    synchronized Optional<Path> withInode(long inode) {
        // As a rule it is known: with a thousand files, listing them would be most of a look at a pod.
        Optional<Path> file = knownWithInode(inode);
        for (int i = 0; file.isEmpty() && i < Depth.values().length; i++) {
            refresh(Depth.values()[i]);
            file = knownWithInode(inode);
        }
        return file;
    }

    private Optional<Path> knownWithInode(long inode) {
        return known.entrySet().stream()
                .filter(each -> each.getValue().inode == inode)
                .map(Map.Entry::getKey)
                .filter(each -> namespaces.inode(each).equals(OptionalLong.of(inode)))
                .findFirst();
    }

    /**
     * The namespaces, but for some, in which an interface other than the loopback has one of the addresses. As a rule it is one;
     * an address can be used again while the sandbox that had it is still being taken down.
     */
    synchronized List<Path> withAddress(Set<InetAddress> addresses, Set<Long> except) {
        anyWithout = false;
        for (Depth depth : Depth.values()) {
            refresh(depth);
            Map<Long, Path> found = new LinkedHashMap<>();
            for (Map.Entry<Path, Known> each : Map.copyOf(known).entrySet()) {
                Known what = each.getValue();
                // Asked again where there were none, and where what is remembered would decide.
                if (what.addresses.isEmpty() || what.hasAnyOf(addresses)) {
                    what = look(each.getKey());
                    known.put(each.getKey(), what);
                }
                if (what.hasAnyOf(addresses) && !except.contains(what.inode)) {
                    found.putIfAbsent(what.inode, each.getKey());
                }
            }
            if (!found.isEmpty()) {
                return List.copyOf(found.values());
            }
        }
        return List.of();
    }

    private Known look(Path file) {
        try (HeldNamespace namespace = namespaces.open(file)) {
            return new Known(
                    namespace.inode(),
                    namespace.interfaces().stream()
                            .filter(each -> !each.loopback())
                            .flatMap(each -> each.addresses().stream())
                            .filter(address -> !address.isLinkLocalAddress())
                            .collect(Collectors.toSet()));
        } catch (BpfException e) {
            LOG.debug("{} is passed over: {}", file, e.getMessage());
            anyWithout = true;
            return new Known(0, Set.of());
        }
    }

    /** How much is asked again. */
    private enum Depth {
        /** Files that were not there before. */
        NEW,
        /** All: a name can be used again, and a file is there before a namespace is mounted on it. Not too often. */
        ALL
    }

    private void refresh(Depth depth) {
        long now = nanoTime.getAsLong();
        if (depth == Depth.ALL) {
            if (nextAll != null && now - nextAll < 0) {
                return;
            }
            nextAll = now + REST_NANOS;
            known.clear();
        }
        Set<Path> files = files();
        known.keySet().retainAll(files);
        for (Path file : files) {
            if (!known.containsKey(file)) {
                namespaces.inode(file).ifPresent(inode -> known.put(file, new Known(inode, Set.of())));
            }
        }
    }

    private Set<Path> files() {
        Set<Path> files = new LinkedHashSet<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path file : stream) {
                if (files.size() < MOST) {
                    files.add(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Nothing is mounted there, or no runtime has made it yet.
            LOG.debug("{} is not listed: {}", directory, e.toString());
        }
        return files;
    }
}
