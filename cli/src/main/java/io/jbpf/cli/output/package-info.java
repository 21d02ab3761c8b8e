/** How a command's results are shown: tables for people, JSON for programs. */
@NullMarked
package io.jbpf.cli.output;

import org.jspecify.annotations.NullMarked;
