package io.jbpf.controller.node;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What tells a network namespace from all others since the machine booted. */
public sealed interface NamespaceIdentity {
    /**
     * By the number that the kernel gave it, Linux 5.14.
     *
     * @param cookie the number, never used again
     */
    record ByCookie(long cookie) implements NamespaceIdentity {
        @Override
        public String toString() {
            return "c" + Long.toHexString(cookie);
        }
    }

    /**
     * By its inode, which another may have had before, and the time of the file that stands for it, which a runtime keeps
     * mounted as long as the sandbox lives.
     *
     * @param inode the inode
     * @param nanos the time, in nanoseconds since 1970
     */
    record ByInode(long inode, long nanos) implements NamespaceIdentity {
        @Override
        public String toString() {
            return "i" + Long.toHexString(inode) + "-" + Long.toHexString(nanos);
        }
    }

    /** What {@code toString} writes: letters, digits and dashes, so that it can be part of a pin's name. */
    Pattern TEXT = Pattern.compile("c([0-9a-f]{1,16})|i([0-9a-f]{1,16})-([0-9a-f]{1,16})");

    /** {@return the identity that was written so; nothing if none was} */
    static Optional<NamespaceIdentity> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Optional.of(
                matcher.group(1) != null
                        ? new ByCookie(Long.parseUnsignedLong(matcher.group(1), 16))
                        : new ByInode(
                                Long.parseUnsignedLong(matcher.group(2), 16),
                                Long.parseUnsignedLong(matcher.group(3), 16)));
    }
}
