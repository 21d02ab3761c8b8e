/** Whether what should go on goes on: the loops of the process, and which of them has not come round for long. */
@NullMarked
package io.jbpf.controller.health;

import org.jspecify.annotations.NullMarked;
