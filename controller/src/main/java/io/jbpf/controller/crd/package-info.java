/**
 * The custom resource {@code PodConfigMapConfig} (podconfig.example.com/v1alpha1) as types. deploy/crd.yaml is generated
 * from them: a field, its description and its limits are written here and nowhere else.
 *
 * <p>The types are plain data, and lenient on purpose: whether a resource makes sense is decided where it is read
 * ({@code rules}), because an API server may have let anything through.
 */
@NullMarked
package io.jbpf.controller.crd;

import org.jspecify.annotations.NullMarked;
