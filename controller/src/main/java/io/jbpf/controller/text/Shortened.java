package io.jbpf.controller.text;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names that must not exceed a limit of Kubernetes. A name that fits is left alone; a longer one keeps its beginning
 * and ends in a hash of the whole, so that two long names stay different and the same name always gives the same text.
 */
public final class Shortened {
    /** The longest name of an object, in characters (a DNS-1123 subdomain). */
    public static final int OBJECT_NAME = 253;

    /** The longest label value, in characters. */
    public static final int LABEL_VALUE = 63;

    private static final int HASH_BYTES = 8;

    private Shortened() {}

    /**
     * Fits a name into a limit.
     *
     * @param name what to fit; letters, digits, dots and dashes
     * @param limit the most characters the result may have, at least 20
     * @param suffix how a shortened name ends, after the hash; the name itself is expected to end with it too
     * @return the name itself, or its beginning, a dash, 16 hexadecimal digits and the suffix
     */
    public static String to(String name, int limit, String suffix) {
        if (name.length() <= limit) {
            return name;
        }
        String end = "-" + hash(name) + suffix;
        String beginning = name.substring(0, limit - end.length());
        // A dot or a dash before the dash would be legal nowhere or only by luck.
        return beginning.replaceAll("[^A-Za-z0-9]+$", "") + end;
    }

    private static String hash(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
