package io.jbpf.cli.inspect;

import io.jbpf.link.LinkInfo;

/**
 * A link as {@code jbpf inspect links -o json} shows it; the names are those of {@code bpftool -j link}.
 *
 * @param id the kernel's number for it
 * @param type such as {@code raw_tracepoint}
 * @param progId the program that runs
 * @param target what it hangs on: {@code sys_enter}, {@code ifindex 7}; empty where jbpf cannot tell
 */
record LinkListing(int id, String type, int progId, String target) {
    static LinkListing of(LinkInfo info) {
        return new LinkListing(info.id(), info.typeName(), info.programId(), info.target());
    }
}
