package io.jbpf.inspect;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.BpfFs;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The pins in a tree of a bpffs, and what they keep alive. Which object that is, is found by opening each ({@code
 * BPF_OBJ_GET}, which needs read and write permission for the pin), never guessed from its name.
 *
 * @param pins by their paths
 * @param unreadable directories and pins that could not be looked at
 */
public record Pins(List<Pin> pins, List<Unreadable> unreadable) {
    /**
     * A name that keeps an object alive.
     *
     * @param path the name
     * @param kind what it is
     * @param id which one
     */
    public record Pin(Path path, ObjectKind kind, int id) {}

    /**
     * Looks at a directory and all below it that is in a bpffs. Symbolic links are not followed. What goes meanwhile was
     * not there. Linux 4.13.
     *
     * @param root a directory in a mounted bpffs
     */
    public static Pins below(Path root) {
        Walk walk = new Walk();
        walk.directory(BpfFs.at(root).directory());
        walk.pins.sort(Comparator.comparing(Pin::path));
        return new Pins(List.copyOf(walk.pins), List.copyOf(walk.unreadable));
    }

    /** {@return the pins of one object} */
    public List<Path> of(ObjectKind kind, int id) {
        return pins.stream()
                .filter(pin -> pin.kind() == kind && pin.id() == id)
                .map(Pin::path)
                .toList();
    }

    private static final class Walk {
        private final List<Pin> pins = new ArrayList<>();
        private final List<Unreadable> unreadable = new ArrayList<>();

        void directory(Path directory) {
            List<Path> below = new ArrayList<>();
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
                entries.forEach(below::add);
            } catch (NoSuchFileException goneMeanwhile) {
                return;
            } catch (DirectoryIteratorException e) {
                unreadable.add(new Unreadable(directory.toString(), String.valueOf(e.getCause())));
            } catch (IOException e) {
                unreadable.add(new Unreadable(directory.toString(), e.toString()));
                return;
            }
            for (Path entry : below) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    // Something else may be mounted there.
                    if (BpfFs.isAt(entry)) {
                        directory(entry);
                    }
                } else if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                    pin(entry);
                }
            }
        }

        private void pin(Path path) {
            try (Fd fd = Bpf.host().openPinned(path.toString(), "what is pinned at " + path)) {
                int number = fd.acquire();
                try {
                    Optional<OpenDescriptor> object =
                            OpenDescriptor.read(Path.of("/proc/self"), Integer.toString(number));
                    object.ifPresentOrElse(
                            known -> pins.add(new Pin(path, known.kind(), known.id())),
                            () -> unreadable.add(
                                    new Unreadable(path.toString(), "the kernel does not say what it is")));
                } finally {
                    fd.release();
                }
            } catch (SystemCallException e) {
                if (!e.errno().equals(Errno.ENOENT)) {
                    unreadable.add(new Unreadable(path.toString(), e.errno().toString()));
                }
            } catch (IOException e) {
                unreadable.add(new Unreadable(path.toString(), e.toString()));
            }
        }
    }
}
