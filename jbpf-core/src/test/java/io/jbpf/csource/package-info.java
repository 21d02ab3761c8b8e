@NullMarked
package io.jbpf.csource;

import org.jspecify.annotations.NullMarked;
