/**
 * Object files as the world writes them: those that Debian ships, and one of the project's own for each thing an object
 * file can ask for. Whatever libbpf loads of them, jbpf has to load.
 */
@NullMarked
package io.jbpf.corpus;

import org.jspecify.annotations.NullMarked;
