package io.jbpf.probe;

import io.jbpf.error.Errno;
import io.jbpf.object.ProgramType;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The tiny programs and maps that probes are made of. */
final class Trial {
    static final byte[] EXIT = instruction(0x95, 0, 0, 0);
    static final byte[][] RETURN_ZERO = {instruction(0xb7, 0, 0, 0), EXIT};
    static final byte[][] RETURN_ONE = {instruction(0xb7, 0, 0, 1), EXIT};
    private static final int LOG = 8192;

    private Trial() {}

    /** One instruction; {@code registers} has the source in its upper half. */
    static byte[] instruction(int opcode, int registers, int offset, int immediate) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.nativeOrder())
                .put((byte) opcode)
                .put((byte) registers)
                .putShort((short) offset)
                .putInt(immediate)
                .array();
    }

    /** Loads a program; answers its descriptor or the negative errno. */
    static int load(ProgramType type, int attachType, String name, byte[]... instructions) {
        return load(type, attachType, 0, name, NativeMemory.allocate(0), instructions);
    }

    static int load(ProgramType type, int attachType, int flags, String name, byte[]... instructions) {
        return load(type, attachType, flags, name, NativeMemory.allocate(0), instructions);
    }

    private static int load(
            ProgramType type, int attachType, int flags, String name, NativeMemory log, byte[]... instructions) {
        return load(type, attachType, 0, flags, name, 0, new int[0], log, instructions);
    }

    /** Loads a program for a function or type of the kernel; answers its descriptor or the negative errno. */
    static int loadFor(ProgramType type, int attachType, int attachBtfId, byte[]... instructions) {
        return load(type, attachType, attachBtfId, 0, "", 0, new int[0], NativeMemory.allocate(0), instructions);
    }

    /**
     * Loads a program whose functions have types, and tells what became of it.
     *
     * @param functions for each function its first instruction and its type
     */
    static Support loadTyped(ProgramType type, byte[] btf, int[] functions, byte[]... instructions) {
        int types = Bpf.host().btfLoad(NativeMemory.copyOf(btf), NativeMemory.allocate(0), 0);
        if (types < 0) {
            return of(types);
        }
        try {
            return of(load(type, 0, 0, 0, "", types, functions, NativeMemory.allocate(0), instructions));
        } finally {
            close(types);
        }
    }

    private static int load(
            ProgramType type,
            int attachType,
            int attachBtfId,
            int flags,
            String name,
            int btf,
            int[] functions,
            NativeMemory log,
            byte[]... instructions) {
        NativeMemory code = NativeMemory.allocate(8 * instructions.length);
        for (int i = 0; i < instructions.length; i++) {
            code.buffer().put(8 * i, instructions[i]);
        }
        NativeMemory info = NativeMemory.allocate(Integer.BYTES * functions.length);
        for (int i = 0; i < functions.length; i++) {
            info.buffer().putInt(Integer.BYTES * i, functions[i]);
        }
        return Bpf.host()
                .programLoad(
                        new Bpf.ProgramDefinition(
                                name,
                                type.number(),
                                code,
                                "GPL",
                                0,
                                flags,
                                attachType,
                                btf,
                                info,
                                2 * Integer.BYTES,
                                NativeMemory.allocate(0),
                                0,
                                attachBtfId,
                                0),
                        log,
                        log.size() == 0 ? 0 : 1);
    }

    /** Makes a map; answers its descriptor or the negative errno. */
    static int map(int type, int keySize, int valueSize, int maxEntries, int flags) {
        return Bpf.host()
                .mapCreate(new Bpf.MapDefinition("", type, keySize, valueSize, maxEntries, flags, 0, 0, 0, 0, 0, 0));
    }

    /** Closes a descriptor, if it is one and not a refusal. */
    static void close(int descriptor) {
        if (descriptor < 0) {
            return;
        }
        SystemCalls.host().close(descriptor);
    }

    /** What the answer of a call means; a descriptor is closed. */
    static Support of(int result) {
        if (result >= 0) {
            close(result);
            return Support.YES;
        }
        Errno errno = new Errno(-result);
        return tellsNothing(errno) ? untold(errno) : Support.no(errno.toString());
    }

    /** Whether that is no answer of the kernel's to what it can do. */
    static boolean tellsNothing(Errno errno) {
        return errno.equals(Errno.EPERM) || errno.isPassing();
    }

    private static Support untold(Errno errno) {
        return Support.unknown(errno + (errno.equals(Errno.EPERM) ? "; root or CAP_BPF can tell" : ""));
    }

    /** Whether a program that the verifier must refuse is refused for something else than a complaint. */
    static Support without(String complaint, ProgramType type, byte[]... instructions) {
        NativeMemory log = NativeMemory.allocate(LOG);
        int result = load(type, 0, 0, "", log, instructions);
        if (result >= 0) {
            close(result);
            return Support.YES;
        }
        String text = log.cString(0, log.size());
        if (text.isBlank()) {
            return untold(new Errno(-result));
        }
        return text.lines()
                .filter(line -> line.contains(complaint))
                .findFirst()
                .map(Support::no)
                .orElse(Support.YES);
    }

    /** Whether programs of a type may call a helper: a kernel that has it complains of the arguments, if at all. */
    static Support helper(ProgramType type, int helper) {
        NativeMemory log = NativeMemory.allocate(LOG);
        int result = load(type, 0, 0, "", log, instruction(0x85, 0, 0, helper), EXIT);
        if (result >= 0) {
            close(result);
            return Support.YES;
        }
        String text = log.cString(0, log.size());
        Errno errno = new Errno(-result);
        if (text.isBlank()) {
            return tellsNothing(errno)
                    ? untold(errno)
                    : Support.unknown("programs of type " + type.kernelName() + " cannot be tried: " + errno);
        }
        boolean refused = text.contains("invalid func ")
                || text.contains("unknown func ")
                || text.contains("program of this type cannot use helper ");
        return refused
                ? Support.no(text.lines()
                        .filter(l -> l.contains(" func ") || l.contains(" helper "))
                        .findFirst()
                        .orElse(""))
                : Support.YES;
    }
}
