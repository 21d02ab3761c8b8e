package io.jbpf.cli;

/**
 * What a command line runs in.
 *
 * @param stop tells a command that runs until ctrl-C that it has come
 * @param terminal whether standard output is a terminal, on which a table can be drawn over
 */
public record Session(StopSignal stop, boolean terminal) {}
