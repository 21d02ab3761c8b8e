package io.jbpf.link;

import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;

/**
 * {@code struct bpf_link_info} of linux/bpf.h as the kernel has filled it. What follows its head is a union, whose members
 * each kind of link declares for itself, from the union's beginning on.
 */
final class RawLinkInfo {
    private static final StructLayout HEAD = new StructLayout("bpf_link_info");
    private static final Field TYPE = HEAD.u32("type");
    private static final Field ID = HEAD.u32("id");
    private static final Field PROG_ID = HEAD.u32("prog_id");
    /** The union has members of 64 bits, and so begins at a multiple of eight. */
    private static final int UNION = 16;

    /** More than the largest member there is (48 bytes in Linux 7.0). */
    private static final int SIZE = UNION + 64;

    /** PATH_MAX: the longest text a link has is a file's name. */
    private static final int LONGEST_TEXT = 4096;

    /** A thread's memory for one look. */
    private static final ThreadLocal<NativeMemory> LOOK = ThreadLocal.withInitial(() -> NativeMemory.allocate(SIZE));

    private final Fd link;
    private final NativeMemory memory;

    private RawLinkInfo(Fd link, NativeMemory memory) {
        this.link = link;
        this.memory = memory;
    }

    static RawLinkInfo read(Fd link) {
        return new RawLinkInfo(link, ask(link, NativeMemory.allocate(SIZE)));
    }

    /** One member of the union of at most four bytes, for who looks again and again: without memory of its own. */
    static int look(Fd link, Field member) {
        return ask(link, LOOK.get().clear(SIZE)).getInt(inUnion(member));
    }

    private static NativeMemory ask(Fd link, NativeMemory into) {
        Bpf.with(link.calls()).info(link, into);
        return into;
    }

    int type() {
        return memory.getInt(TYPE);
    }

    int id() {
        return memory.getInt(ID);
    }

    int programId() {
        return memory.getInt(PROG_ID);
    }

    /** A member of the union. */
    long get(Field member) {
        return memory.get(inUnion(member));
    }

    /** A member of the union of at most four bytes. */
    int getInt(Field member) {
        return memory.getInt(inUnion(member));
    }

    /** A text that the kernel copies to where a member of the union points. */
    String text(Field pointer, Field length) {
        NativeMemory text = NativeMemory.allocate(LONGEST_TEXT);
        ask(
                link,
                NativeMemory.allocate(SIZE)
                        .set(inUnion(pointer), text.address())
                        .set(inUnion(length), text.size()));
        return text.cString(0, text.size());
    }

    private static Field inUnion(Field member) {
        return new Field(member.name(), UNION + member.offset(), member.width());
    }
}
