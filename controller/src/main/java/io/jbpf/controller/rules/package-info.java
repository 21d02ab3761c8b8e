/**
 * What the resources ask for, as rules: read strictly from whatever the API server delivered, then merged for each pod.
 * Everything here is plain data and pure functions; no API server, no kernel.
 *
 * <p>A resource becomes a {@link io.jbpf.controller.rules.Config} or a list of sentences about its fields
 * ({@link io.jbpf.controller.rules.ConfigReader}). All configs that select one pod become one
 * {@link io.jbpf.controller.rules.PodPrograms}: a packet passes only where each of them would let it pass, and a system
 * call is counted where any of them asks for it.
 */
@NullMarked
package io.jbpf.controller.rules;

import org.jspecify.annotations.NullMarked;
