package io.jbpf.testkit;

import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.fs.TraceFs;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.SystemCalls;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Finds out once, by trying, whether this process may use bpf(2). */
final class KernelCondition implements ExecutionCondition {
    private static final Optional<String> OBSTACLE = obstacle();

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (OBSTACLE.isEmpty()) {
            return ConditionEvaluationResult.enabled("bpf(2) works");
        }
        String reason = "kernel test: " + OBSTACLE.get();
        if (System.getProperty("jbpf.kernel", "skip").equals("required")) {
            throw new AssertionError(reason + " (and -Djbpf.kernel=required forbids to skip)");
        }
        return ConditionEvaluationResult.disabled(reason);
    }

    private static Optional<String> obstacle() {
        try {
            SystemCalls calls = SystemCalls.host();
            int array = 2;
            int fd =
                    Bpf.with(calls).mapCreate(new Bpf.MapDefinition("jbpf_test", array, 4, 4, 1, 0, 0, 0, 0, 0, 0, 0L));
            if (fd < 0) {
                return Optional.of("needs root, and a kernel whose bpf(2) works (errno " + -fd + ")");
            }
            calls.close(fd);
            BpfFs.mounted();
            TraceFs.mounted();
            return Optional.empty();
        } catch (BpfException e) {
            return Optional.of("needs root: " + e.getMessage());
        }
    }
}
