/**
 * What tests against a real kernel share, in this module and in those above: {@link io.jbpf.testkit.KernelTest} and
 * {@link io.jbpf.testkit.RequiresTool} say what a test needs, and the fixtures make cgroups and networks that are gone
 * when the test ends, however it ends.
 */
@NullMarked
package io.jbpf.testkit;

import org.jspecify.annotations.NullMarked;
