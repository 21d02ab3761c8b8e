package io.jbpf.link;

import io.jbpf.sys.Fd;

/** A link at a perf event that was found by its pin or id: {@link #info} tells what kind of event it is, from Linux 6.6 on. */
public final class FoundPerfEventLink extends PerfEventLink {
    FoundPerfEventLink(Fd fd) {
        super(new Attached(fd, false));
    }
}
