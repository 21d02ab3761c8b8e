package io.jbpf.sys;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What system calls have handed out and got back: each descriptor is closed once, each mapping is given up. */
final class CallLedger {
    private static final Set<String> MAKERS =
            Set.of("open", "duplicate", "socket", "epollCreate", "eventfd", "perfEventOpen", "pidfdOpen");
    private static final Set<BpfCommand> BPF_MAKERS = Set.of(
            BpfCommand.BPF_MAP_CREATE,
            BpfCommand.BPF_PROG_LOAD,
            BpfCommand.BPF_BTF_LOAD,
            BpfCommand.BPF_OBJ_GET,
            BpfCommand.BPF_PROG_GET_FD_BY_ID,
            BpfCommand.BPF_MAP_GET_FD_BY_ID,
            BpfCommand.BPF_BTF_GET_FD_BY_ID,
            BpfCommand.BPF_LINK_GET_FD_BY_ID,
            BpfCommand.BPF_RAW_TRACEPOINT_OPEN,
            BpfCommand.BPF_LINK_CREATE,
            BpfCommand.BPF_ITER_CREATE);
    private static final int MAP_FIXED = 0x10;
    private static final int LAST_ERRNO = 4095;

    private final Map<Integer, String> descriptors = new TreeMap<>();
    private final Map<Long, String> mappings = new TreeMap<>();
    private final List<String> wrong = new CopyOnWriteArrayList<>();

    /** {@return the name of a call: of bpf(2) with its command} */
    static String name(String method, Object[] arguments) {
        return method.equals("bpf") ? command(arguments).call() : method;
    }

    static BpfCommand command(Object[] arguments) {
        int number = (int) arguments[0];
        for (BpfCommand command : BpfCommand.values()) {
            if (command.number() == number) {
                return command;
            }
        }
        throw new AssertionError("no command " + number);
    }

    static boolean makesDescriptor(String method, Object[] arguments) {
        return MAKERS.contains(method) || (method.equals("bpf") && BPF_MAKERS.contains(command(arguments)));
    }

    /** Takes down a call that was made. */
    synchronized void enter(String method, Object[] arguments, long result) {
        if (makesDescriptor(method, arguments) && result >= 0) {
            descriptors.put((int) result, name(method, arguments));
        } else if (method.equals("mmap") && (result >= 0 || result < -LAST_ERRNO)) {
            if (((int) arguments[3] & MAP_FIXED) != 0) {
                mappings.remove((Long) arguments[0]); // empty pages in the place of the kernel's
            } else {
                mappings.put(result, arguments[1] + " bytes");
            }
        } else if (method.equals("munmap")) {
            mappings.remove((Long) arguments[0]);
        }
    }

    /** Takes down a close, before it is made: afterwards the number may be another's already. */
    synchronized void enterClose(int number) {
        if (descriptors.remove(number) == null) {
            wrong.add("close of " + number + ", which was not open");
        }
    }

    /** {@return the descriptors that are open, by number, with the call that has made each} */
    synchronized Map<Integer, String> descriptors() {
        return Map.copyOf(descriptors);
    }

    /** {@return what is mapped, by address} */
    synchronized Map<Long, String> mappings() {
        return Map.copyOf(mappings);
    }

    /** {@return closes of what was not open} */
    List<String> wrong() {
        return wrong;
    }
}
