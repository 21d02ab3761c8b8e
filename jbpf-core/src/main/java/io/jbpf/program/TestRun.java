package io.jbpf.program;

import java.nio.ByteBuffer;

/**
 * What came of running a program by itself.
 *
 * @param returned what the program returned
 * @param nanoseconds how long one run took on average; 0 for programs without a packet, of which the kernel tells none
 * @param data the packet as the program left it, read-only; empty if there was none
 * @param context the context as the program left it, read-only, in native order; empty for programs of which the kernel
 *     does not give it back
 */
public record TestRun(int returned, int nanoseconds, ByteBuffer data, ByteBuffer context) {}
