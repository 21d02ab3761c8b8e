/**
 * The command line as a user meets it: {@code InProcess} runs it in this virtual machine, {@code ChildJbpf} in one of its
 * own that can be sent signals.
 */
@NullMarked
package io.jbpf.cli;

import org.jspecify.annotations.NullMarked;
