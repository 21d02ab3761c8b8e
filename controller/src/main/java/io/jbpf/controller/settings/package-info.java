/** What an operator sets in the environment, read once at the start and checked whole before anything else begins. */
@NullMarked
package io.jbpf.controller.settings;

import org.jspecify.annotations.NullMarked;
