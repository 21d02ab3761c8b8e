package io.jbpf.programs;

/**
 * How many counted system calls one process made as part of a target.
 *
 * @param pid the process (thread group) id, as the host sees it
 * @param count calls by all its threads
 * @param ended whether the process has ended: the count will not change any more
 */
public record ProcessCount(int pid, long count, boolean ended) {}
