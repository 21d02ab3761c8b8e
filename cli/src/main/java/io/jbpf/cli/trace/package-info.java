/** {@code jbpf trace}: what programs print. */
@NullMarked
package io.jbpf.cli.trace;

import org.jspecify.annotations.NullMarked;
