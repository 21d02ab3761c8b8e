package io.jbpf.testkit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs tests in this one JVM, without Maven, and writes what became of each: a line of {@code passed}, {@code
 * unsupported} or {@code failed}, the test, and why. Skipped is failed: a test that does not run says nothing about this
 * kernel.
 *
 * <p>Arguments: the file for the result, which tests by their tags (JUnit's tag expression), then the directories of test
 * classes.
 */
public final class KernelRun implements TestExecutionListener {
    private final PrintStream results;
    private final Set<TestIdentifier> unsupported = new LinkedHashSet<>();
    private int failures;

    private KernelRun(PrintStream results) {
        this.results = results;
    }

    /** Runs them; the exit status is 1 if one failed. */
    public static void main(String[] arguments) throws IOException {
        Set<Path> roots = Arrays.stream(arguments).skip(2).map(Path::of).collect(Collectors.toSet());
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClasspathRoots(roots))
                .filters(TagFilter.includeTags(arguments[1]))
                .build();
        Launcher launcher = LauncherFactory.create();
        try (PrintStream results = new PrintStream(arguments[0], StandardCharsets.UTF_8)) {
            KernelRun run = new KernelRun(results);
            launcher.execute(request, run);
            System.exit(run.failures == 0 ? 0 : 1);
        }
    }

    @Override
    public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
        if (entry.getKeyValuePairs().containsKey(KernelSupport.UNSUPPORTED)) {
            unsupported.add(test);
            line("unsupported", test, entry.getKeyValuePairs().get(KernelSupport.UNSUPPORTED));
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        failures++;
        line("failed", test, "skipped: " + reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
            failures++;
            String why = result.getThrowable().map(Throwable::toString).orElse("");
            result.getThrowable().ifPresent(failure -> {
                System.out.println("== " + name(test));
                failure.printStackTrace(System.out);
            });
            line("failed", test, why);
        } else if (test.isTest() && !unsupported.contains(test)) {
            line("passed", test, "");
        }
    }

    private void line(String verdict, TestIdentifier test, String why) {
        results.println(verdict + "\t" + name(test) + "\t" + why.replaceAll("\\s+", " "));
        results.flush();
    }

    /** The class and the method; of a parameterized test also the display name. */
    private static String name(TestIdentifier test) {
        TestSource source = test.getSource().orElse(null);
        if (!(source instanceof MethodSource method)) {
            return test.getLegacyReportingName();
        }
        String name = method.getClassName().replaceFirst("^.*\\.", "") + "." + method.getMethodName();
        boolean invocation = test.getUniqueIdObject().getLastSegment().getType().endsWith("invocation");
        return invocation ? name + " " + test.getDisplayName() : name;
    }
}
