/**
 * Attachments: what makes a program run. Each kind is one small file with the same parts in the same order: an attach
 * method, the link, its detach. A {@link io.jbpf.link.Link} that is closed is detached, unless a pin holds it.
 */
@NullMarked
package io.jbpf.link;

import org.jspecify.annotations.NullMarked;
