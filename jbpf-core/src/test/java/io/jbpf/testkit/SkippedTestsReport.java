package io.jbpf.testkit;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Says at the end of a run how many tests were skipped and why, so that no skip passes for a pass. */
public final class SkippedTestsReport implements TestExecutionListener {
    private final Map<String, Long> skipped = new ConcurrentSkipListMap<>();
    private @Nullable TestPlan plan;

    @Override
    public void testPlanExecutionStarted(TestPlan testPlan) {
        plan = testPlan;
    }

    @Override
    public void executionSkipped(TestIdentifier identifier, String reason) {
        long tests = Objects.requireNonNull(plan).getDescendants(identifier).stream()
                .filter(TestIdentifier::isTest)
                .count();
        // What is skipped as a whole may not have been split into tests yet, as a parameterized one.
        skipped.merge(reason, Math.max(1, tests), Long::sum);
    }

    @Override
    public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            // An assumption of the test itself did not hold.
            String reason = result.getThrowable()
                    .map(Throwable::getMessage)
                    .map(String::strip)
                    .orElse("no reason given");
            skipped.merge(reason, 1L, Long::sum);
        }
    }

    @Override
    public void testPlanExecutionFinished(TestPlan testPlan) {
        skipped.forEach((reason, count) -> System.out.println("[jbpf] " + count + " tests skipped: " + reason));
        skipped.clear();
    }
}
