/**
 * A Kubernetes API in this process, for the tests and the demo: fabric8's mock server in CRUD mode, taught what the
 * controller and kubectl need besides: server-side apply with field ownership, field selectors, pages, preconditions of
 * deletions, discovery. It has no scheduler, no kubelet and no garbage collector, checks no schema and keeps no history.
 */
@NullMarked
package io.jbpf.controller.embedded;

import org.jspecify.annotations.NullMarked;
