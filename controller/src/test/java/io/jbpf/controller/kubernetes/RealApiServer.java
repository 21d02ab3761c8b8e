package io.jbpf.controller.kubernetes;

import io.jbpf.testkit.RequiresTool;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tests of this class run against a real kube-apiserver, which {@code .ci/kubernetes} makes and which must be on the PATH
 * with its etcd; without them they are reported as skipped. One server serves the whole run. A constructor, or a method, gets
 * it as a parameter of type {@link KubeApiServer}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@RequiresTool({"kube-apiserver", "etcd"})
@ExtendWith(ApiServerOfTheRun.class)
public @interface RealApiServer {}
