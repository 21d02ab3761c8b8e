package io.jbpf.testkit;

import io.jbpf.probe.Support;
import org.junit.jupiter.api.TestReporter;

/**
 * How a test says that this kernel lacks what it is about. It does so after having checked that jbpf refuses it and says
 * why, so that the test holds on every kernel; the run's report then counts it as unsupported there, not as passed.
 */
public final class KernelSupport {
    static final String UNSUPPORTED = "unsupported";

    private KernelSupport() {}

    /**
     * Says so.
     *
     * @param reporter the test's
     * @param what it lacks, and from which Linux on it is there
     */
    public static void lacks(TestReporter reporter, String what) {
        reporter.publishEntry(UNSUPPORTED, what);
    }

    /** Says so if a probe has found it missing; answers whether it has. */
    public static boolean isMissing(Support support, String what, TestReporter reporter) {
        if (support.isSupported()) {
            return false;
        }
        lacks(reporter, what + ": " + support.reason());
        return true;
    }
}
