package io.jbpf.kernel;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The kernel's version, for programs that ask for it ({@code LINUX_KERNEL_VERSION}) and for messages. jbpf itself never
 * compares versions: distributions carry features back.
 */
public final class KernelVersion {
    private static final Path RELEASE = Path.of("/proc/sys/kernel/osrelease");
    private static final Path VERSION = Path.of("/proc/sys/kernel/version");
    private static final Path UBUNTU = Path.of("/proc/version_signature");
    private static final Pattern NUMBERS = Pattern.compile("(\\d+)\\.(\\d+)(?:\\.(\\d+))?");

    private KernelVersion() {}

    /** {@return the release, as uname -r prints it: {@code 6.1.0-18-amd64}} */
    public static String release() {
        return read(RELEASE).strip();
    }

    /**
     * {@return the version as one number, KERNEL_VERSION of linux/version.h: {@code major << 16 | minor << 8 | patch}}
     *
     * <p>Debian's and Ubuntu's releases do not tell the patch level; the places where they tell it are read first, as
     * libbpf does.
     */
    public static int code() {
        if (Files.exists(UBUNTU)) {
            String[] words = read(UBUNTU).strip().split(" ", -1);
            Matcher ubuntu = NUMBERS.matcher(words[words.length - 1]);
            if (ubuntu.matches()) {
                return code(ubuntu);
            }
        }
        return code(release(), read(VERSION));
    }

    /** The code of a release, or of the upstream version that Debian writes into the build's version. */
    static int code(String release, String version) {
        int debian = version.indexOf("Debian ");
        Matcher numbers = NUMBERS.matcher(debian < 0 ? release : version.substring(debian + "Debian ".length()));
        if (!numbers.lookingAt()) {
            throw new BpfException("the kernel's release '" + release + "' does not begin with a version");
        }
        return code(numbers);
    }

    private static int code(Matcher numbers) {
        int patch = numbers.group(3) == null ? 0 : Integer.parseInt(numbers.group(3));
        return Integer.parseInt(numbers.group(1)) << 16
                | Integer.parseInt(numbers.group(2)) << 8
                | Math.min(patch, 255);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new BpfException("cannot read the kernel's version from " + file + ": " + e, e);
        }
    }
}
