package io.jbpf.inspect;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.link.AttachedPrograms;
import io.jbpf.object.AttachType;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The programs attached to a cgroup and those below it, cgroup by cgroup and hook by hook: {@code BPF_PROG_QUERY}. Needs
 * CAP_NET_ADMIN. Linux 4.15.
 *
 * @param cgroups those that have programs, each before the ones below it
 * @param unreadable directories that could not be looked at
 */
public record CgroupTree(List<Cgroup> cgroups, List<Unreadable> unreadable) {
    // enum bpf_attach_type: all that a cgroup can have begin so, but for these.
    private static final List<AttachType> HOOKS = Arrays.stream(AttachType.values())
            .filter(type -> type.name().startsWith("CGROUP_") || type == AttachType.LSM_CGROUP)
            .toList();

    /**
     * A cgroup with programs.
     *
     * @param path its directory
     * @param hooks those of its hooks that have any
     */
    public record Cgroup(Path path, List<Hook> hooks) {}

    /**
     * A hook of a cgroup with programs.
     *
     * @param type which
     * @param programs in the order in which they run
     */
    public record Hook(AttachType type, AttachedPrograms programs) {}

    /** Which programs of a cgroup are meant. */
    public enum Scope {
        /** Those attached to it. */
        ATTACHED,
        /** Those that run for it: its own and those of its ancestors that apply to it, in the order in which they run. */
        EFFECTIVE
    }

    /**
     * Looks at a cgroup and all below it. What goes meanwhile was not there.
     *
     * @param root a directory of a cgroup v2 hierarchy, such as {@link #mountPoint()}
     * @param scope which programs
     * @throws BpfException if that directory itself cannot be asked
     */
    public static CgroupTree below(Path root, Scope scope) {
        Walk walk = new Walk(scope);
        walk.cgroup(root, true);
        return new CgroupTree(List.copyOf(walk.cgroups), List.copyOf(walk.unreadable));
    }

    /**
     * {@return where the cgroup v2 hierarchy is mounted}
     *
     * @throws BpfException if it is not
     */
    public static Path mountPoint() {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
            // "cgroup2 /sys/fs/cgroup cgroup2 rw,relatime 0 0"; see proc(5)
            return mounts.map(line -> line.split(" ", -1))
                    .filter(fields -> fields.length > 2 && fields[2].equals("cgroup2"))
                    .map(fields -> Path.of(fields[1].replace("\\040", " ")))
                    .findFirst()
                    .orElseThrow(() -> new BpfException(
                            "no cgroup v2 hierarchy is mounted; mount one: mount -t cgroup2 none DIRECTORY"));
        } catch (IOException e) {
            throw new BpfException("cannot read /proc/self/mounts: " + e, e);
        }
    }

    private static final class Walk {
        private final Scope scope;
        private final List<Cgroup> cgroups = new ArrayList<>();
        private final List<Unreadable> unreadable = new ArrayList<>();

        Walk(Scope scope) {
            this.scope = scope;
        }

        void cgroup(Path path, boolean first) {
            try {
                List<Hook> hooks = hooks(path);
                if (!hooks.isEmpty()) {
                    cgroups.add(new Cgroup(path, hooks));
                }
            } catch (SystemCallException e) {
                if (first) {
                    throw e;
                }
                note(path, e.getMessage() == null ? e.toString() : e.getMessage());
                return;
            }
            for (Path below : directories(path)) {
                cgroup(below, false);
            }
        }

        private List<Hook> hooks(Path path) {
            List<Hook> hooks = new ArrayList<>();
            for (AttachType type : HOOKS) {
                try {
                    AttachedPrograms programs = scope == Scope.EFFECTIVE
                            ? AttachedPrograms.effectiveFor(path, type)
                            : AttachedPrograms.ofCgroup(path, type);
                    if (!programs.entries().isEmpty()) {
                        hooks.add(new Hook(type, programs));
                    }
                } catch (SystemCallException e) {
                    // A hook that this kernel does not have.
                    if (!e.errno().equals(Errno.EINVAL)) {
                        throw e;
                    }
                }
            }
            return List.copyOf(hooks);
        }

        private List<Path> directories(Path path) {
            List<Path> directories = new ArrayList<>();
            try (DirectoryStream<Path> entries =
                    Files.newDirectoryStream(path, entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))) {
                entries.forEach(directories::add);
            } catch (NoSuchFileException goneMeanwhile) {
                return List.of();
            } catch (DirectoryIteratorException e) {
                note(path, String.valueOf(e.getCause()));
            } catch (IOException e) {
                note(path, e.toString());
            }
            directories.sort(null);
            return directories;
        }

        private void note(Path path, String why) {
            if (Files.exists(path)) {
                unreadable.add(new Unreadable(path.toString(), why));
            }
        }
    }
}
