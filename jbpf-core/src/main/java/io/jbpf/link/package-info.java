/**
 * Attachments: what makes a program run. Each kind is one small file with the same parts in the same order: options if there
 * is a choice, attach methods, the advice on refusals, what the kernel says of the link. A {@link io.jbpf.link.Link} that is
 * closed is detached, unless a pin holds it.
 *
 * <p>{@link io.jbpf.link.KernelLink} is what the kernel calls a link; what is attached without one is an {@code …Attachment}
 * or a {@link io.jbpf.link.ClsactFilter}. {@link io.jbpf.link.AutoAttach} reads the place out of a section's name. A kernel
 * is asked what it can do when it has refused ({@link io.jbpf.probe.LinkFeature}), not before.
 *
 * <p>Whoever adds a kind adds it to {@code KernelLink}'s and {@code LinkInfo}'s lists.
 */
@NullMarked
package io.jbpf.link;

import org.jspecify.annotations.NullMarked;
