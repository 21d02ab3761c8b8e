package io.jbpf.netlink;

import io.jbpf.bytes.ByteView;
import io.jbpf.netlink.RouteStructs.Attribute;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The attributes of a message, or those nested in one attribute, by number. Of two with one number the last counts. They
 * are looked for when they are asked for: of the sixty of an interface few are.
 */
final class Attributes {
    private static final Attributes NONE =
            new Attributes(ByteView.of("netlink", "no attributes", new byte[0], ByteOrder.nativeOrder()));

    /** NLA_TYPE_MASK: without the two flag bits on top. */
    private static final int TYPE_MASK = 0x3fff;

    private static final int HEADER = Attribute.LAYOUT.size();

    private final ByteView view;

    private Attributes(ByteView view) {
        this.view = view;
    }

    /**
     * Reads attributes one after the other to the end of the view.
     *
     * @throws io.jbpf.error.MalformedObjectException if a length points outside
     */
    static Attributes parse(ByteView view) {
        // What is left of less than a header is padding, as the kernel sees it too.
        for (int offset = 0; view.size() - offset >= HEADER; ) {
            int length = view.u16(offset + Attribute.LENGTH.offset());
            if (length < HEADER) {
                throw view.malformed(offset, "attribute " + type(view, offset) + " claims a length of " + length);
            }
            if (length > view.size() - offset) {
                throw view.malformed(
                        offset,
                        "attribute " + type(view, offset) + " claims a length of " + length + ", but "
                                + (view.size() - offset) + " bytes are left");
            }
            offset += MessageWriter.align(length);
        }
        return new Attributes(view);
    }

    private static int type(ByteView view, int offset) {
        return view.u16(offset + Attribute.TYPE.offset()) & TYPE_MASK;
    }

    Optional<ByteView> get(int attribute) {
        int found = -1;
        for (int offset = 0; view.size() - offset >= HEADER; ) {
            if (type(view, offset) == attribute) {
                found = offset;
            }
            offset += MessageWriter.align(view.u16(offset + Attribute.LENGTH.offset()));
        }
        if (found < 0) {
            return Optional.empty();
        }
        int length = view.u16(found + Attribute.LENGTH.offset()) - HEADER;
        return Optional.of(view.slice("attribute " + attribute, found + HEADER, length));
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
