/** What holds of the library as a whole: who may import whom, and what a module path sees of it. */
@NullMarked
package io.jbpf.architecture;

import org.jspecify.annotations.NullMarked;
