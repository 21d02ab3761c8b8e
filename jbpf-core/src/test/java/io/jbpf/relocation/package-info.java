@NullMarked
package io.jbpf.relocation;

import org.jspecify.annotations.NullMarked;
