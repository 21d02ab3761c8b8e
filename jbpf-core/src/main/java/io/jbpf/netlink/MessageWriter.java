package io.jbpf.netlink;

import io.jbpf.netlink.RouteStructs.Attribute;
import io.jbpf.netlink.RouteStructs.Header;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** One request as it goes over the wire: the netlink header, the family's own struct, then attributes. */
final class MessageWriter {
    /** NLM_F_REQUEST. */
    private static final int REQUEST = 0x1;

    /** NLM_F_ACK: answer even if all went well. */
    private static final int ACKNOWLEDGE = 0x4;

    /** NLM_F_ECHO: before Linux 6.8 the answer to RTM_GETQDISC is a notification, which comes back only so. */
    static final int ECHO = 0x8;

    /** NLM_F_REPLACE of a NEW request. */
    static final int REPLACE = 0x100;

    /** NLM_F_EXCL of a NEW request: refuse if it is there already. */
    static final int EXCLUSIVE = 0x200;

    /** NLM_F_CREATE of a NEW request. */
    static final int CREATE = 0x400;

    /** NLM_F_DUMP of a GET request: all of them. */
    private static final int DUMP = 0x300;

    private static final int NESTED = 0x8000;
    private static final int LONGEST_ATTRIBUTE = 0xffff;

    private final RouteMessageType type;
    private final int familyStruct = Header.LAYOUT.size();
    private ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

    private MessageWriter(RouteMessageType type, int flags, StructLayout familyLayout) {
        this.type = type;
        bytes.putShort(Header.TYPE.offset(), (short) type.number());
        bytes.putShort(Header.FLAGS.offset(), (short) (REQUEST | flags));
        bytes.position(familyStruct + align(familyLayout.size()));
    }

    /** A request that the kernel acknowledges, after its answer if there is one. */
    static MessageWriter request(RouteMessageType type, int flags, StructLayout familyLayout) {
        return new MessageWriter(type, ACKNOWLEDGE | flags, familyLayout);
    }

    /** A request for all there are, which ends with a message that says so. */
    static MessageWriter dump(RouteMessageType type, StructLayout familyLayout) {
        return new MessageWriter(type, DUMP, familyLayout);
    }

    RouteMessageType type() {
        return type;
    }

    /** Sets a member of the family's struct. */
    MessageWriter set(Field field, long value) {
        write(familyStruct + field.offset(), field.width(), value);
        return this;
    }

    MessageWriter attribute(int attribute, int value) {
        begin(attribute, Integer.BYTES);
        bytes.putInt(value);
        return this;
    }

    /** A text with the NUL that ends it. */
    MessageWriter attribute(int attribute, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        begin(attribute, utf8.length + 1);
        bytes.put(utf8).put((byte) 0);
        pad();
        return this;
    }

    MessageWriter attribute(int attribute, byte[] value) {
        begin(attribute, value.length);
        bytes.put(value);
        pad();
        return this;
    }

    /** An attribute that holds attributes. */
    MessageWriter nested(int attribute, Consumer<MessageWriter> content) {
        int start = bytes.position();
        begin(attribute | NESTED, 0);
        content.accept(this);
        int length = bytes.position() - start;
        if (length > LONGEST_ATTRIBUTE) {
            throw new IllegalArgumentException("a netlink attribute cannot hold " + length + " bytes");
        }
        bytes.putShort(start + Attribute.LENGTH.offset(), (short) length);
        return this;
    }

    /** A family struct of its own inside an attribute, as the peer of a veth has one; all zero. */
    MessageWriter struct(StructLayout layout) {
        reserve(align(layout.size()));
        bytes.position(bytes.position() + align(layout.size()));
        return this;
    }

    /** {@return the finished message} */
    byte[] finish(int sequence) {
        bytes.putInt(Header.LENGTH.offset(), bytes.position());
        bytes.putInt(Header.SEQUENCE.offset(), sequence);
        byte[] message = new byte[bytes.position()];
        bytes.get(0, message);
        return message;
    }

    /** Netlink aligns all to four bytes. */
    static int align(int length) {
        return (length + 3) & -4;
    }

    private void begin(int attribute, int length) {
        int whole = Attribute.LAYOUT.size() + length;
        if (whole > LONGEST_ATTRIBUTE) {
            throw new IllegalArgumentException("a netlink attribute cannot hold " + length + " bytes");
        }
        reserve(align(whole));
        int start = bytes.position();
        write(start + Attribute.LENGTH.offset(), Attribute.LENGTH.width(), whole);
        write(start + Attribute.TYPE.offset(), Attribute.TYPE.width(), attribute);
        bytes.position(start + Attribute.LAYOUT.size());
    }

    private void pad() {
        bytes.position(align(bytes.position()));
    }

    private void write(int offset, int width, long value) {
        switch (width) {
            case 1 -> bytes.put(offset, (byte) value);
            case 2 -> bytes.putShort(offset, (short) value);
            case 4 -> bytes.putInt(offset, (int) value);
            default -> throw new IllegalArgumentException("no netlink struct has a member of " + width + " bytes");
        }
    }

    private void reserve(int length) {
        if (bytes.remaining() < length) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(bytes.capacity() * 2, bytes.position() + length))
                    .order(ByteOrder.nativeOrder());
            bytes = larger.put(bytes.flip());
        }
    }
}
