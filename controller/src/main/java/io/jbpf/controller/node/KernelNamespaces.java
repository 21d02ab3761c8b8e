package io.jbpf.controller.node;

import io.jbpf.netlink.Interfaces;
import io.jbpf.netlink.IpPrefix;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The network namespaces of the running kernel. Those of {@code /run/netns} can be opened by anybody who sees the files; those
 * of another user's process need CAP_SYS_PTRACE, and hostPID in a pod. To enter one needs CAP_SYS_ADMIN.
 */
public final class KernelNamespaces implements NetworkNamespaces {
    @Override
    public OptionalLong inode(Path path) {
        try {
            return Files.getAttribute(path, "unix:ino") instanceof Long inode
                    ? OptionalLong.of(inode)
                    : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public HeldNamespace open(Path path) {
        return new Held(NetworkNamespace.open(path));
    }

    private static final class Held implements HeldNamespace {
        private final NetworkNamespace namespace;

        /** To enter takes a thread, which is most of what a look costs; a socket can be asked from anywhere. */
        private @Nullable RouteSocket socket;

        private Held(NetworkNamespace namespace) {
            this.namespace = namespace;
        }

        private synchronized RouteSocket socket() {
            if (socket == null) {
                socket = namespace.call(RouteSocket::open);
            }
            return socket;
        }

        @Override
        public long inode() {
            return namespace.inode();
        }

        @Override
        public NamespaceIdentity identity() {
            OptionalLong cookie = socket().namespaceCookie();
            if (cookie.isPresent()) {
                return new NamespaceIdentity.ByCookie(cookie.getAsLong());
            }
            Instant since = namespace.shownSince();
            return new NamespaceIdentity.ByInode(
                    namespace.inode(), TimeUnit.SECONDS.toNanos(since.getEpochSecond()) + since.getNano());
        }

        @Override
        public List<NamespaceInterface> interfaces() {
            Interfaces interfaces = socket().interfaces();
            Map<Integer, List<IpPrefix>> addresses = interfaces.addresses();
            Set<Integer> defaultRoutes = interfaces.defaultRoutes();
            return interfaces.list().stream()
                    .map(each -> new NamespaceInterface(
                            each.index(),
                            each.name(),
                            each.loopback(),
                            each.up(),
                            defaultRoutes.contains(each.index()),
                            plain(addresses.getOrDefault(each.index(), List.of()))))
                    .toList();
        }

        private static Set<InetAddress> plain(List<IpPrefix> prefixes) {
            return prefixes.stream().map(IpPrefix::address).collect(Collectors.toSet());
        }

        @Override
        public <T> T call(Supplier<T> action) {
            return namespace.call(action::get);
        }

        @Override
        public synchronized void close() {
            try {
                if (socket != null) {
                    socket.close();
                }
            } finally {
                namespace.close();
            }
        }
    }
}
