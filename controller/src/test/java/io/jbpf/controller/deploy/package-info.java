/** The manifests of deploy/, held against a real API server and against what the code does. */
@NullMarked
package io.jbpf.controller.deploy;

import org.jspecify.annotations.NullMarked;
