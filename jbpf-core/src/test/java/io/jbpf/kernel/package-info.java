@NullMarked
package io.jbpf.kernel;

import org.jspecify.annotations.NullMarked;
