@NullMarked
package io.jbpf.cli.inspect;

import org.jspecify.annotations.NullMarked;
