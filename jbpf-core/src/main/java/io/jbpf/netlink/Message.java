package io.jbpf.netlink;

import io.jbpf.bytes.ByteView;
import io.jbpf.netlink.RouteStructs.Header;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.util.ArrayList;
import java.util.List;

/**
 * One message of an answer.
 *
 * @param type {@code nlmsg_type}: one of the RTM_* or, below 16, of netlink's own
 * @param flags {@code nlmsg_flags}
 * @param sequence the number of the request it answers
 * @param payload what follows the header: the family's struct and the attributes
 */
record Message(int type, int flags, int sequence, ByteView payload) {
    /**
     * Takes a datagram apart.
     *
     * @throws io.jbpf.error.MalformedObjectException if a length points outside
     */
    static List<Message> split(ByteView datagram) {
        List<Message> messages = new ArrayList<>();
        int header = Header.LAYOUT.size();
        int offset = 0;
        while (datagram.size() - offset >= header) {
            long length = datagram.u32(offset + Header.LENGTH.offset());
            if (length < header || length > datagram.size() - offset) {
                throw datagram.malformed(
                        offset,
                        "a message claims a length of " + length + ", but " + (datagram.size() - offset)
                                + " bytes are left");
            }
            int type = datagram.u16(offset + Header.TYPE.offset());
            messages.add(new Message(
                    type,
                    datagram.u16(offset + Header.FLAGS.offset()),
                    datagram.s32(offset + Header.SEQUENCE.offset()),
                    datagram.slice("message of type " + type, offset + header, length - header)));
            offset += MessageWriter.align((int) length);
        }
        return messages;
    }

    /** {@return a member of the family's struct, zero-extended} */
    int get(Field field) {
        return switch (field.width()) {
            case 1 -> payload.u8(field.offset());
            case 2 -> payload.u16(field.offset());
            default -> payload.s32(field.offset());
        };
    }

    /** {@return the attributes behind the family's struct} */
    Attributes attributes(StructLayout familyLayout) {
        int start = MessageWriter.align(familyLayout.size());
        if (payload.size() < start) {
            throw payload.malformed(0, "needs " + familyLayout + ", but there are " + payload.size());
        }
        return Attributes.parse(payload.slice("attributes", start, payload.size() - start));
    }
}
