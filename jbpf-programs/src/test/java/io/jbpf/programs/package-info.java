/** The two programs: their pure parts, and their doings on a real kernel. */
@NullMarked
package io.jbpf.programs;

import org.jspecify.annotations.NullMarked;
