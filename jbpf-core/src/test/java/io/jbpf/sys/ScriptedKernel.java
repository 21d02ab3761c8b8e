package io.jbpf.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.error.Errno;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * A kernel that answers as it is told, in order, call by call: those of bpf(2) go by the name of their command. Where
 * nothing is left to answer, a call that makes a descriptor makes the next number, an info tells what a map or program was
 * made as, mmap(2) gives memory of this process, and any other call succeeds with 0. Needs no privilege.
 */
public final class ScriptedKernel {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;

    /** What a call answers. */
    @FunctionalInterface
    public interface Answer {
        /** {@return the result or the negative errno} */
        long to(Object[] arguments);
    }

    private static final Answer USUAL = arguments -> {
        throw new AssertionError("it stands for no answer");
    };

    /** What an object was made as; zeroes of a program but for its type. */
    private record Made(String name, int type, int keySize, int valueSize, int entries, int flags) {}

    private final Map<String, Deque<Answer>> script = new HashMap<>();
    private final List<String> said = new ArrayList<>();
    private final Map<Integer, Made> objects = new HashMap<>();
    private final CallLedger ledger = new CallLedger();
    private int next = 1000;

    /** The next such call answers this; unless it is a failure it does nothing beyond that. */
    public ScriptedKernel on(String call, long answer) {
        return on(call, arguments -> answer);
    }

    /** The next such call fails. */
    public ScriptedKernel fail(String call, Errno errno) {
        return on(call, -errno.number());
    }

    /** The next such calls answer as though nothing had been told. */
    public ScriptedKernel usual(String call, int times) {
        for (int i = 0; i < times; i++) {
            on(call, USUAL);
        }
        return this;
    }

    /** The next such call answers what is worked out then. */
    public ScriptedKernel on(String call, Answer answer) {
        script.computeIfAbsent(call, unused -> new ArrayDeque<>()).add(answer);
        return this;
    }

    /** {@return the descriptors that were made and not closed} */
    public Set<Integer> open() {
        return ledger.descriptors().keySet();
    }

    /** Asserts that every descriptor that was made has been closed, each once. */
    public void assertNothingLeft() {
        assertThat(ledger.descriptors()).as("descriptors left").isEmpty();
        assertThat(ledger.wrong()).as("closed twice").isEmpty();
    }

    /** {@return the calls so far, with their arguments} */
    public List<String> said() {
        return said;
    }

    /** {@return how often a call was made} */
    public long count(String call) {
        return said.stream()
                .filter(line -> line.equals(call) || line.startsWith(call + " "))
                .count();
    }

    /** {@return the last argument of each such call} */
    public List<Object> lastArguments(String call) {
        return said.stream()
                .filter(line -> line.startsWith(call + " "))
                .<Object>map(line -> Integer.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
                .toList();
    }

    /** {@return the calls to use in the kernel's place} */
    @SuppressWarnings("exports")
    public SystemCalls calls() {
        return (SystemCalls) Proxy.newProxyInstance(
                SystemCalls.class.getClassLoader(), new Class<?>[] {SystemCalls.class}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return method.invoke(this, arguments);
                    }
                    long answer = answer(method.getName(), arguments == null ? new Object[0] : arguments);
                    return method.getReturnType() == long.class ? (Object) answer : (Object) (int) answer;
                });
    }

    private synchronized long answer(String method, Object[] arguments) {
        String name = method.equals("bpf") ? CallLedger.command(arguments).name() : method;
        StringBuilder line = new StringBuilder(name);
        for (Object argument : arguments) {
            line.append(' ').append(argument);
        }
        said.add(line.toString());
        if (method.equals("close")) {
            ledger.enterClose((int) arguments[0]);
        }
        Deque<Answer> answers = script.getOrDefault(name, new ArrayDeque<>());
        Answer told = answers.isEmpty() ? USUAL : answers.remove();
        long answer = told == USUAL ? usual(method, name, arguments) : told.to(arguments);
        ledger.enter(method, arguments, answer);
        return answer;
    }

    private long usual(String method, String name, Object[] arguments) {
        if (method.equals("mmap")) {
            int fixed = (int) arguments[3] & MAP_FIXED;
            return LibcSystemCalls.Holder.INSTANCE.mmap(
                    fixed == 0 ? 0 : (long) arguments[0],
                    (long) arguments[1],
                    PROT_READ_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | fixed,
                    -1,
                    0);
        }
        if (method.equals("munmap")) {
            return LibcSystemCalls.Holder.INSTANCE.munmap((long) arguments[0], (long) arguments[1]);
        }
        if (CallLedger.makesDescriptor(method, arguments)) {
            if (method.equals("duplicate")) {
                Made original = objects.get((Integer) arguments[0]);
                if (original != null) {
                    objects.put(next, original);
                }
            } else {
                make(name, arguments);
            }
            return next++;
        }
        if (name.equals("BPF_OBJ_GET_INFO_BY_FD")) {
            tell(attr(arguments));
        }
        return 0;
    }

    private static Pointer attr(Object[] arguments) {
        return Pointer.wrap(Runtime.getSystemRuntime(), (long) arguments[1]);
    }

    private void make(String name, Object[] arguments) {
        if (name.equals("BPF_MAP_CREATE")) {
            Pointer attr = attr(arguments);
            objects.put(
                    next,
                    new Made(
                            attr.getString(BpfAttr.MapCreate.MAP_NAME.offset()),
                            attr.getInt(BpfAttr.MapCreate.MAP_TYPE.offset()),
                            attr.getInt(BpfAttr.MapCreate.KEY_SIZE.offset()),
                            attr.getInt(BpfAttr.MapCreate.VALUE_SIZE.offset()),
                            attr.getInt(BpfAttr.MapCreate.MAX_ENTRIES.offset()),
                            attr.getInt(BpfAttr.MapCreate.MAP_FLAGS.offset())));
        } else if (name.equals("BPF_PROG_LOAD")) {
            objects.put(next, new Made("", attr(arguments).getInt(BpfAttr.ProgLoad.PROG_TYPE.offset()), 0, 0, 0, 0));
        }
    }

    /** The first members of {@code struct bpf_map_info} and {@code struct bpf_prog_info}: type and id; then a map's sizes. */
    private void tell(Pointer attr) {
        int fd = attr.getInt(BpfAttr.Info.BPF_FD.offset());
        Made made = objects.get(fd);
        Pointer info = Pointer.wrap(Runtime.getSystemRuntime(), attr.getLong(BpfAttr.Info.INFO.offset()));
        if (made != null) {
            info.putInt(0, made.type);
            info.putInt(4, fd);
            if (made.entries != 0) {
                info.putInt(8, made.keySize);
                info.putInt(12, made.valueSize);
                info.putInt(16, made.entries);
                info.putInt(20, made.flags);
                info.putString(24, made.name, 16, java.nio.charset.StandardCharsets.US_ASCII);
            }
        }
    }
}
