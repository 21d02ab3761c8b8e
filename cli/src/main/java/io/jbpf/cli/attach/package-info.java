/**
 * {@code jbpf attach}: one of jbpf's programs in its place for as long as the command runs, its counts shown every
 * interval. Whatever ends the command (ctrl-C, SIGTERM, a failure, a reader that went away), it detaches what it has
 * attached before it ends.
 */
@NullMarked
package io.jbpf.cli.attach;

import org.jspecify.annotations.NullMarked;
