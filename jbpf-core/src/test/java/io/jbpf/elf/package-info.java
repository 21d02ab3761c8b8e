@NullMarked
package io.jbpf.elf;

import org.jspecify.annotations.NullMarked;
