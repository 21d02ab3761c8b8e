package io.jbpf.netlink;

import io.jbpf.bytes.ByteView;
import io.jbpf.netlink.RouteStructs.Attribute;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The attributes of a message, or those nested in one attribute, by number. Of two with one number the last counts. */
final class Attributes {
    private static final Attributes NONE = new Attributes(Map.of());

    /** NLA_TYPE_MASK: without the two flag bits on top. */
    private static final int TYPE_MASK = 0x3fff;

    private final Map<Integer, ByteView> byType;

    private Attributes(Map<Integer, ByteView> byType) {
        this.byType = byType;
    }

    /**
     * Reads attributes one after the other to the end of the view.
     *
     * @throws io.jbpf.error.MalformedObjectException if a length points outside
     */
    static Attributes parse(ByteView view) {
        Map<Integer, ByteView> byType = new HashMap<>();
        int header = Attribute.LAYOUT.size();
        int offset = 0;
        // What is left of less than a header is padding, as the kernel sees it too.
        while (view.size() - offset >= header) {
            int length = view.u16(offset + Attribute.LENGTH.offset());
            int type = view.u16(offset + Attribute.TYPE.offset()) & TYPE_MASK;
            if (length < header) {
                throw view.malformed(offset, "attribute " + type + " claims a length of " + length);
            }
            byType.put(type, view.slice("attribute " + type, offset + header, length - header));
            offset += MessageWriter.align(length);
        }
        return new Attributes(byType);
    }

    Optional<ByteView> get(int attribute) {
        return Optional.ofNullable(byType.get(attribute));
    }

    /** {@return a text up to its NUL} */
    Optional<String> text(int attribute) {
        return get(attribute).map(view -> view.text(0));
    }

    /** {@return a 32-bit number, or the other if it is missing} */
    int number(int attribute, int ifMissing) {
        return get(attribute).map(view -> view.s32(0)).orElse(ifMissing);
    }

    /** {@return the attributes in an attribute, none if it is missing} */
    Attributes nested(int attribute) {
        return get(attribute).map(Attributes::parse).orElse(NONE);
    }
}
