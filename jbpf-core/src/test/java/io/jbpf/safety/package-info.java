/** Tests of what must hold whatever goes wrong: nothing leaks, nothing is used after it is closed, no error is untyped. */
@NullMarked
package io.jbpf.safety;

import org.jspecify.annotations.NullMarked;
