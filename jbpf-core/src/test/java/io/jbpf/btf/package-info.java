@NullMarked
package io.jbpf.btf;

import org.jspecify.annotations.NullMarked;
