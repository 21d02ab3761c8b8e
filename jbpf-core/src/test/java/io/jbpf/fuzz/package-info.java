/**
 * Hostile bytes for each parser. {@link io.jbpf.fuzz.FuzzTarget} says what may come of them: a model, or a
 * {@link io.jbpf.error.MalformedObjectException}. {@code src/build/fuzz.sh} lets Jazzer search for bytes that do worse;
 * what it finds is committed below {@code src/test/resources/fuzz} and tried by {@link io.jbpf.fuzz.PastFindingsTest}
 * ever after.
 */
@NullMarked
package io.jbpf.fuzz;

import org.jspecify.annotations.NullMarked;
