@NullMarked
package io.jbpf.insn;

import org.jspecify.annotations.NullMarked;
