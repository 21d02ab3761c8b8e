@NullMarked
package io.jbpf.cli.attach;

import org.jspecify.annotations.NullMarked;
