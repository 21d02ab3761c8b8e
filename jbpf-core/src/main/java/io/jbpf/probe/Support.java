package io.jbpf.probe;

/**
 * What a probe found out.
 *
 * @param verdict yes, no, or not to be known
 * @param reason what the kernel answered; empty for a plain yes
 */
public record Support(Verdict verdict, String reason) {
    /** The outcomes of a probe. */
    public enum Verdict {
        /** The kernel did it. */
        SUPPORTED,
        /** The kernel refused it as something it does not know. */
        UNSUPPORTED,
        /** The kernel refused it for another reason: most often this process may not try. */
        UNKNOWN
    }

    static final Support YES = new Support(Verdict.SUPPORTED, "");

    static Support no(String reason) {
        return new Support(Verdict.UNSUPPORTED, reason);
    }

    static Support unknown(String reason) {
        return new Support(Verdict.UNKNOWN, reason);
    }

    /** {@return whether the kernel certainly can} */
    public boolean isSupported() {
        return verdict == Verdict.SUPPORTED;
    }

    /** {@return whether the kernel certainly cannot} */
    public boolean isUnsupported() {
        return verdict == Verdict.UNSUPPORTED;
    }

    /** {@return verdict and reason} */
    @Override
    public String toString() {
        return verdict.name().toLowerCase(java.util.Locale.ROOT) + (reason.isEmpty() ? "" : " (" + reason + ")");
    }
}
