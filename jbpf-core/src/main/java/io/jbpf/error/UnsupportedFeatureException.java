package io.jbpf.error;

import org.jspecify.annotations.Nullable;

/** This kernel lacks a feature. Found by trying, never by comparing version numbers. */
public final class UnsupportedFeatureException extends BpfException {
    private static final long serialVersionUID = 1L;

    private final String feature;
    private final String kernelFloor;

    /**
     * A feature that is missing here.
     *
     * @param feature what is missing: {@code TCX links}
     * @param kernelFloor the first upstream kernel that has it: {@code 6.6}; empty if no version is known to
     * @param cause the refusal that gave it away, if there was one
     */
    public UnsupportedFeatureException(String feature, String kernelFloor, @Nullable Throwable cause) {
        super(
                "this kernel does not support " + feature
                        + (kernelFloor.isEmpty() ? "" : " (Linux " + kernelFloor + " and later do)"),
                cause);
        this.feature = feature;
        this.kernelFloor = kernelFloor;
    }

    /** {@return what is missing} */
    public String feature() {
        return feature;
    }

    /** {@return the first upstream kernel that has it, such as {@code 6.6}; empty if no version is known to} */
    public String kernelFloor() {
        return kernelFloor;
    }
}
