package io.jbpf.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tests of this class talk to the running kernel: they need root. Without it they are reported as skipped;
 * {@code -Djbpf.kernel=required} turns that into a failure. bpffs and tracefs are mounted if they are not.
 *
 * <p>Those of jbpf-core also run on the other kernels that {@code .ci/kernel-matrix} boots, old and new, where everything
 * takes twenty times as long. A test about something that not every kernel has checks there that jbpf refuses it and says
 * why: see {@link KernelSupport}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag("kernel")
@ExtendWith(KernelCondition.class)
public @interface KernelTest {}
