package io.jbpf.testkit;

import java.io.File;
import java.lang.reflect.AnnotatedElement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Looks for the programs a {@link RequiresTool} names. */
final class ToolCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        List<String> missing = context.getElement().stream()
                .flatMap(ToolCondition::neededBy)
                .flatMap(tools -> Arrays.stream(tools.value()))
                .filter(tool -> !isOnPath(tool))
                .toList();
        if (missing.isEmpty()) {
            return ConditionEvaluationResult.enabled("the tools are there");
        }
        String reason = "needs " + String.join(", ", missing) + ", not on the PATH";
        if (System.getProperty("jbpf.tools", "skip").equals("required")) {
            throw new AssertionError(reason + " (and -Djbpf.tools=required forbids to skip)");
        }
        return ConditionEvaluationResult.disabled(reason);
    }

    /** What is needed by itself, and by annotations that need something: one does not hide the other. */
    private static Stream<RequiresTool> neededBy(AnnotatedElement element) {
        return Stream.of(element.getAnnotations())
                .flatMap(annotation -> annotation instanceof RequiresTool tools
                        ? Stream.of(tools)
                        : Stream.ofNullable(annotation.annotationType().getAnnotation(RequiresTool.class)));
    }

    private static boolean isOnPath(String tool) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin";
        return Stream.of(path.split(Pattern.quote(File.pathSeparator), -1))
                .filter(directory -> !directory.isEmpty())
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
    }
}
