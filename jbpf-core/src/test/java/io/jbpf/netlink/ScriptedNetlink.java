package io.jbpf.netlink;

import io.jbpf.sys.SystemCalls;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.IntFunction;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * A kernel that answers netlink as it is told: each {@code on} is what one recv(2) finds, made from the sequence number
 * of the last request. Where there is nothing left, recv times out.
 */
final class ScriptedNetlink {
    static final int DESCRIPTOR = 1000;
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;

    private static final int MSG_PEEK = 2;
    private static final int MSG_TRUNC = 0x20;

    private final Deque<IntFunction<Object>> script = new ArrayDeque<>();
    private final List<byte[]> sent = new ArrayList<>();
    private int closed;

    /** The next datagram. */
    ScriptedNetlink datagram(IntFunction<byte[]> fromSequence) {
        script.add(fromSequence::apply);
        return this;
    }

    /** The next recv(2) fails. */
    ScriptedNetlink failure(int errno) {
        script.add(sequence -> -errno);
        return this;
    }

    List<byte[]> sent() {
        return sent;
    }

    int closed() {
        return closed;
    }

    SystemCalls calls() {
        return (SystemCalls) Proxy.newProxyInstance(
                SystemCalls.class.getClassLoader(),
                new Class<?>[] {SystemCalls.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "socket" -> DESCRIPTOR;
                    case "setsockopt", "connect" -> 0;
                    case "close" -> {
                        closed++;
                        yield 0;
                    }
                    case "send" -> send((long) arguments[1], (long) arguments[2]);
                    case "recv" -> receive((long) arguments[1], (long) arguments[2], (int) arguments[3]);
                    default -> throw new AssertionError(method);
                });
    }

    private int send(long address, long length) {
        byte[] message = new byte[(int) length];
        Pointer.wrap(Runtime.getSystemRuntime(), address).get(0, message, 0, message.length);
        sent.add(message);
        return message.length;
    }

    private int receive(long address, long length, int flags) {
        IntFunction<Object> next = script.peek();
        if (next == null) {
            return -11;
        }
        Object answer = next.apply(sequence());
        if (answer instanceof Integer errno) {
            script.remove();
            return errno;
        }
        byte[] bytes = (byte[]) answer;
        int copied = (int) Math.min(length, bytes.length);
        Pointer.wrap(Runtime.getSystemRuntime(), address).put(0, bytes, 0, copied);
        if ((flags & MSG_PEEK) == 0) {
            script.remove();
        }
        return (flags & MSG_TRUNC) != 0 ? bytes.length : copied;
    }

    private int sequence() {
        return ByteBuffer.wrap(sent.get(sent.size() - 1))
                .order(ByteOrder.nativeOrder())
                .getInt(8);
    }

    /** A whole message. */
    static byte[] message(int type, int flags, int sequence, byte[] payload) {
        ByteBuffer bytes = ByteBuffer.allocate(16 + MessageWriter.align(payload.length))
                .order(ByteOrder.nativeOrder())
                .putInt(16 + payload.length)
                .putShort((short) type)
                .putShort((short) flags)
                .putInt(sequence)
                .putInt(0)
                .put(payload);
        return bytes.array();
    }

    /** An acknowledgement with a number, and the kernel's words if there are any. */
    static byte[] acknowledgement(int sequence, int error, String words) {
        ByteBuffer payload = ByteBuffer.allocate(20 + (words.isEmpty() ? 0 : 4 + words.length() + 1))
                .order(ByteOrder.nativeOrder());
        payload.putInt(error).putInt(16 + 24).position(20);
        if (!words.isEmpty()) {
            payload.putShort((short) (4 + words.length() + 1)).putShort((short) 1);
            payload.put(words.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return message(NLMSG_ERROR, words.isEmpty() ? 0x100 : 0x300, sequence, payload.array());
    }

    /** The end of a dump. */
    static byte[] done(int sequence, int flags) {
        return message(NLMSG_DONE, flags, sequence, new byte[4]);
    }

    /** An interface of a dump: RTM_NEWLINK. */
    static byte[] link(int sequence, int flags, int index, String name) {
        byte[] whole = MessageWriter.request(RouteMessageType.RTM_NEWLINK, 0, RouteStructs.InterfaceMessage.LAYOUT)
                .set(RouteStructs.InterfaceMessage.INDEX, index)
                .attribute(RouteAttributes.Ifla.IFNAME, name)
                .finish(sequence);
        ByteBuffer.wrap(whole).order(ByteOrder.nativeOrder()).putShort(6, (short) flags);
        return whole;
    }

    static byte[] join(byte[]... parts) {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
