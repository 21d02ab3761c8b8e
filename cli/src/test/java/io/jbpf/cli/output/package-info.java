@NullMarked
package io.jbpf.cli.output;

import org.jspecify.annotations.NullMarked;
