/**
 * jbpf at the terminal. {@link io.jbpf.cli.Main} runs {@link io.jbpf.cli.JbpfCommand}, which lists the groups of
 * sub-commands: {@code inspect} looks, {@code attach} acts until it is stopped. A sub-command is a class of its own
 * beside its neighbours, with its help text on its options, and one line of registration in its group.
 *
 * <p>What a command says goes to standard output, as a table or as JSON ({@code io.jbpf.cli.output}); what it has to
 * say about itself goes to standard error. Whatever fails ends in one place, {@code FailureReport}, as one sentence and
 * an exit status.
 */
@NullMarked
package io.jbpf.cli;

import org.jspecify.annotations.NullMarked;
