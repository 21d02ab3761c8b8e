/** Tests of the native seam, and what stands in for the kernel in tests of others. */
@NullMarked
package io.jbpf.sys;

import org.jspecify.annotations.NullMarked;
