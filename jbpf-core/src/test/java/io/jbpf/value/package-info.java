@NullMarked
package io.jbpf.value;

import org.jspecify.annotations.NullMarked;
