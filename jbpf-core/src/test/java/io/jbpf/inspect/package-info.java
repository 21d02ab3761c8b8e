/** Tests of io.jbpf.inspect. */
@NullMarked
package io.jbpf.inspect;

import org.jspecify.annotations.NullMarked;
