package io.jbpf.testkit;

import io.jbpf.kernel.KernelBtf;
import io.jbpf.probe.Support;
import java.util.Set;
import org.junit.jupiter.api.TestReporter;

/**
 * How a test says that this kernel lacks what it is about. It does so after having checked that jbpf refuses it and says
 * why, so that the test holds on every kernel; the run's report then counts it as unsupported there, not as passed.
 */
public final class KernelSupport {
    /** The tag of tests that compare with other programs and nevertheless run on the newest kernel too. */
    public static final String NEWEST = "newest-kernel";

    /** The tag of tests that behave as though they were on an older kernel, and so need not run on one. */
    public static final String SIMULATED = "simulated-kernel";

    /** The tag of tests whose point is a large number of things: an emulated machine would take too long. */
    public static final String SCALE = "scale";

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

    /** {@return the loaded modules that have types, to be looped over; where there are none, that is said} */
    public static Set<String> modules(TestReporter reporter) {
        Set<String> modules = KernelBtf.modules();
        if (modules.isEmpty()) {
            lacks(reporter, "loaded modules with types (Linux 5.11, /sys/kernel/btf)");
        }
        return modules;
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
