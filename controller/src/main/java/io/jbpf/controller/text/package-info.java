/** The few textual forms that Kubernetes prescribes: durations as Go writes them, names shortened to a limit. */
@NullMarked
package io.jbpf.controller.text;

import org.jspecify.annotations.NullMarked;
