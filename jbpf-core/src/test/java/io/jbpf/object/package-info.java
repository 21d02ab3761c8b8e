@NullMarked
package io.jbpf.object;

import org.jspecify.annotations.NullMarked;
