package io.jbpf.controller.node;

import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a directory in a bpffs the agent's: a bpffs that root mounted is closed to other users, and what an older version has
 * pinned as root is closed to one that runs as {@link #AGENT}. May be done again and again, also while an agent runs.
 *
 * <p>Nothing outside of the file system of the directory is touched, no link is followed, and of what is in the directory
 * only what has a name of ours is taken over. While something is taken over the directory is root's alone, so that nobody can
 * put something else in its place.
 */
public final class NodePreparation {
    /** The user and the group that the agent runs as. */
    public static final int AGENT = 65_532;

    private static final Logger LOG = LoggerFactory.getLogger(NodePreparation.class);

    private static final int ROOT = 0;
    private static final int OWNER_ONLY = 0700;
    private static final int PERMISSIONS = 07777;

    /** Ours are five levels deep. */
    private static final int DEEPEST = 8;

    private final Path root;

    /**
     * Prepares nothing yet.
     *
     * @param root the directory
     */
    public NodePreparation(Path root) {
        this.root = root;
    }

    /**
     * Makes the directory, mounts a bpffs if there is none, and gives all that is ours to the agent.
     *
     * @throws NodeUnusableException if it cannot, or should not; it says what to do
     */
    public void prepare() {
        try {
            make();
            Attributes top = Attributes.of(root);
            if (!top.directory()) {
                throw unusable("is no directory; remove it");
            }
            if (top.user() != ROOT && top.user() != AGENT) {
                throw unusable("belongs to user " + top.user() + ", neither root nor " + AGENT + "; remove it");
            }
            List<Path> others = NodeDirectory.list(root).stream()
                    .filter(each -> !NodeDirectory.isOurs(NodeDirectory.name(each)))
                    .toList();
            if (!others.isEmpty() && isWholeFileSystem()) {
                throw unusable("is a whole bpffs that others use too, for " + others
                        + "; set BPFFS_ROOT to a directory in it that is ours alone, such as "
                        + root.resolve("podconfigmap"));
            }
            others.forEach(each -> LOG.warn("{} is not ours and is left as it is.", each));
            if (isReady(root, top, 0)) {
                LOG.info("{} is user {}'s already.", root, AGENT);
            } else {
                takeOver(root, top.device(), 0);
                LOG.info("{} is user {}'s now.", root, AGENT);
            }
        } catch (AccessDeniedException e) {
            throw new NodeUnusableException(root + ": " + e.getFile() + " is not ours to change; run this as root.", e);
        } catch (IOException | BpfException e) {
            throw new NodeUnusableException(
                    root + " cannot be made ready: " + e.getMessage()
                            + ". Run this as root, in a container with the capabilities CHOWN, DAC_OVERRIDE and FOWNER.",
                    e);
        }
    }

    private NodeUnusableException unusable(String why) {
        return new NodeUnusableException(root + " " + why + ".", null);
    }

    private void make() throws IOException {
        if (Files.isSymbolicLink(root)) {
            throw unusable("is a symbolic link, which is not followed; remove it");
        }
        if (BpfFs.isAt(root)) {
            return;
        }
        boolean there = Files.exists(root, LinkOption.NOFOLLOW_LINKS);
        Path parent = root.getParent();
        if (!there && parent != null && BpfFs.isAt(parent)) {
            Files.createDirectory(root);
            LOG.info("{} is made.", root);
        } else if (root.startsWith(BpfFs.DEFAULT_ROOT) && !BpfFs.isAt(BpfFs.DEFAULT_ROOT)) {
            BpfFs.mounted();
            LOG.info("A bpffs is mounted at {}.", BpfFs.DEFAULT_ROOT);
            Files.createDirectories(root);
        } else if (!there || isEmptyDirectory()) {
            BpfFs.mountedAt(root);
            LOG.info("A bpffs is mounted at {}.", root);
        } else {
            throw unusable("is not in a bpffs, and something is in it; mount a bpffs (mount -t bpf bpf "
                    + BpfFs.DEFAULT_ROOT + ") or set BPFFS_ROOT to a directory in one");
        }
    }

    private boolean isEmptyDirectory() throws IOException {
        if (!Files.isDirectory(root)) {
            return false;
        }
        try (var entries = Files.list(root)) {
            return entries.findAny().isEmpty();
        }
    }

    /** By {@code mountinfo}: of a directory that is mounted from a bpffs, as into a container, the others cannot be seen. */
    private boolean isWholeFileSystem() throws IOException {
        Path real = root.toRealPath();
        try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            // proc_pid_mountinfo(5): "36 35 98:0 /mnt1 /mnt2 rw,...": the fourth is what of the file system is mounted
            return lines.map(line -> line.split(" ", -1))
                    .filter(field -> field.length > 4 && Path.of(field[4]).equals(real))
                    .reduce((earlier, later) -> later)
                    .filter(field -> field[3].equals("/"))
                    .isPresent();
        }
    }

    /** What decides of a file, links not followed. */
    private record Attributes(boolean directory, boolean link, long device, int links, int user, int group, int mode) {
        static Attributes of(Path path) throws IOException {
            Map<String, Object> all = Files.readAttributes(
                    path, "unix:dev,nlink,uid,gid,mode,isDirectory,isSymbolicLink", LinkOption.NOFOLLOW_LINKS);
            return new Attributes(
                    Boolean.TRUE.equals(all.get("isDirectory")),
                    Boolean.TRUE.equals(all.get("isSymbolicLink")),
                    number(all, "dev"),
                    (int) number(all, "nlink"),
                    (int) number(all, "uid"),
                    (int) number(all, "gid"),
                    (int) number(all, "mode") & PERMISSIONS);
        }

        private static long number(Map<String, Object> all, String name) {
            return all.get(name) instanceof Number number ? number.longValue() : -1;
        }

        boolean isAgents() {
            return user == AGENT && group == AGENT && (!directory || mode == OWNER_ONLY);
        }

        /** Neither a link nor a file that has a name elsewhere, nor another file system. */
        boolean mayBeTaken(long onDevice) {
            return !link && device == onDevice && (directory || links == 1);
        }
    }

    private static boolean isReady(Path directory, Attributes attributes, int depth) throws IOException {
        if (!attributes.isAgents()) {
            return false;
        }
        for (Path entry : taken(directory, depth)) {
            Attributes each = Attributes.of(entry);
            boolean ready = !each.mayBeTaken(attributes.device())
                    || (each.directory() ? isReady(entry, each, depth + 1) : each.isAgents());
            if (!ready) {
                return false;
            }
        }
        return true;
    }

    private static List<Path> taken(Path directory, int depth) {
        if (depth > DEEPEST) {
            throw new BpfException(directory + " is deeper than anything of ours; remove it");
        }
        return NodeDirectory.list(directory).stream()
                .filter(entry -> depth > 0 || NodeDirectory.isOurs(NodeDirectory.name(entry)))
                .toList();
    }

    /** From the top: what is below a directory that is root's alone stays what it was when it was looked at. */
    private static void takeOver(Path directory, long device, int depth) throws IOException {
        give(directory, ROOT);
        Files.setAttribute(directory, "unix:mode", OWNER_ONLY, LinkOption.NOFOLLOW_LINKS);
        for (Path entry : taken(directory, depth)) {
            Attributes each = Attributes.of(entry);
            if (!each.mayBeTaken(device)) {
                LOG.warn("{} is a link, has another name or is another file system, and is left as it is.", entry);
            } else if (each.directory()) {
                takeOver(entry, device, depth + 1);
            } else if (!each.isAgents()) {
                give(entry, AGENT);
            }
        }
        give(directory, AGENT);
    }

    /** By lchown(2). */
    private static void give(Path path, int owner) throws IOException {
        Files.setAttribute(path, "unix:gid", owner, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
    }
}
