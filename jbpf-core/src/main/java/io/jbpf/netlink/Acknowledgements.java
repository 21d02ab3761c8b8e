package io.jbpf.netlink;

import io.jbpf.error.MalformedObjectException;
import io.jbpf.netlink.RouteAttributes.Nlmsgerr;
import io.jbpf.netlink.RouteStructs.Acknowledgement;
import io.jbpf.netlink.RouteStructs.Header;

/** The extended acknowledgement: what the kernel has to say about an error, beside its number. */
final class Acknowledgements {
    /** NLM_F_CAPPED: the request is not repeated in full. */
    private static final int CAPPED = 0x100;

    /** NLM_F_ACK_TLVS: attributes follow. */
    private static final int ATTRIBUTES = 0x200;

    private Acknowledgements() {}

    /** {@return the kernel's words, or an empty text} */
    static String text(Message acknowledgement) {
        if ((acknowledgement.flags() & ATTRIBUTES) == 0) {
            return "";
        }
        try {
            long start = Acknowledgement.LAYOUT.size();
            if ((acknowledgement.flags() & CAPPED) == 0) {
                long request = acknowledgement.get(Acknowledgement.REQUEST_LENGTH) & 0xffff_ffffL;
                start += (Math.max(request, Header.LAYOUT.size()) - Header.LAYOUT.size() + 3) & -4L;
            }
            return Attributes.parse(acknowledgement
                            .payload()
                            .slice(
                                    "extended acknowledgement",
                                    start,
                                    acknowledgement.payload().size() - start))
                    .text(Nlmsgerr.MSG)
                    .orElse("");
        } catch (MalformedObjectException e) {
            // The error number says what counts; do not let its explanation hide it.
            return "";
        }
    }
}
