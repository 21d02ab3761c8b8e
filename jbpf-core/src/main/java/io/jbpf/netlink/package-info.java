/**
 * The network side of the kernel, spoken to over rtnetlink(7) with no library or tool in between.
 *
 * <p>A {@link io.jbpf.netlink.RouteSocket} is a conversation about one network namespace. From it come
 * {@link io.jbpf.netlink.Interfaces}, which lists, makes and changes interfaces, and
 * {@link io.jbpf.netlink.ClsactHook}, which lists the filters on an interface's ingress or egress and adds, replaces and
 * removes jbpf's own. A {@link io.jbpf.netlink.NetworkNamespace} is a namespace held open by a descriptor; what must
 * happen inside it happens on a thread of its own.
 *
 * <p>On the wire: {@code MessageWriter} builds a request; {@code Message} and {@code Attributes} take an answer apart
 * with every length checked; {@code RouteStructs} and {@code RouteAttributes} declare structs and numbers as the
 * kernel's headers do.
 */
@NullMarked
package io.jbpf.netlink;

import org.jspecify.annotations.NullMarked;
