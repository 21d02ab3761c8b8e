package io.jbpf.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test compares with a program that is not part of jbpf. Where it is not on the PATH the test is reported as skipped
 * and says so; {@code -Djbpf.tools=required} turns that into a failure.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag("tool")
@ExtendWith(ToolCondition.class)
public @interface RequiresTool {
    /** The programs as they are called on the command line: {@code bpftool}, {@code clang-14}. */
    String[] value();
}
