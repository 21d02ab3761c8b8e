package io.jbpf.programs;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;

/**
 * Which system calls a target counts: all, or a set of them. Immutable.
 *
 * <p>{@link #all()} also counts calls that have no number in the native table: 32-bit and x32 calls, and numbers that do
 * not exist. A set counts native calls only.
 */
public final class SyscallFilter {
    /** The numbers that fit the program's bitmap; native numbers are all below. */
    static final int NUMBERS = 512;

    private static final SyscallFilter ALL = new SyscallFilter(true, new BitSet(), List.of());

    private final boolean all;
    private final BitSet numbers;
    private final List<Syscalls.Resolved> calls;

    private SyscallFilter(boolean all, BitSet numbers, List<Syscalls.Resolved> calls) {
        this.all = all;
        this.numbers = numbers;
        this.calls = calls;
    }

    /** {@return the filter that counts every system call} */
    public static SyscallFilter all() {
        return ALL;
    }

    /**
     * {@return the filter that counts these calls of the machine this runs on; all of them if the list is empty}
     *
     * @param names as in the manual; a name that this architecture replaced stands for its replacement
     * @throws IllegalArgumentException naming every name that is unknown, with the nearest known ones
     */
    public static SyscallFilter of(Collection<String> names) {
        return of(Syscalls.current(), names);
    }

    /**
     * {@return the filter that counts these calls; all of them if the list is empty}
     *
     * @param table the architecture's calls
     * @param names as in the manual; a name that this architecture replaced stands for its replacement
     * @throws IllegalArgumentException naming every name that is unknown, with the nearest known ones
     */
    public static SyscallFilter of(Syscalls table, Collection<String> names) {
        if (names.isEmpty()) {
            return ALL;
        }
        List<Syscalls.Resolved> calls = new ArrayList<>();
        List<String> complaints = new ArrayList<>();
        for (String name : names) {
            try {
                calls.add(table.resolve(name));
            } catch (IllegalArgumentException e) {
                complaints.add(e.getMessage());
            }
        }
        if (!complaints.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", complaints));
        }
        BitSet numbers = new BitSet(NUMBERS);
        calls.forEach(call -> numbers.set(call.number()));
        return new SyscallFilter(false, numbers, List.copyOf(calls));
    }

    /** {@return the filter that counts the calls of these numbers here, found in the kernel} */
    static SyscallFilter ofNumbers(BitSet numbers) {
        Syscalls table = Syscalls.current();
        List<Syscalls.Resolved> calls = numbers.stream()
                .mapToObj(number -> {
                    String name = table.nameOrNumber(number);
                    return new Syscalls.Resolved(name, name, number);
                })
                .toList();
        return new SyscallFilter(false, numbers, calls);
    }

    /** {@return whether every call counts} */
    public boolean countsAll() {
        return all;
    }

    /** {@return whether a native call counts} */
    public boolean counts(int number) {
        return all || (number >= 0 && numbers.get(number));
    }

    /** {@return the calls asked for, in that order; empty if all count} */
    public List<Syscalls.Resolved> calls() {
        return calls;
    }

    /** {@return a sentence for each call that another one stands in for: {@code open is counted as openat …}} */
    public List<String> notes() {
        return calls.stream()
                .filter(Syscalls.Resolved::replaced)
                .map(call -> "'" + call.requested() + "' does not exist on this architecture: counted as '"
                        + call.name() + "', which replaced it")
                .toList();
    }

    /** {@return what is counted by both: all if either counts all} */
    public SyscallFilter union(SyscallFilter other) {
        if (all || other.all) {
            return ALL;
        }
        BitSet both = (BitSet) numbers.clone();
        both.or(other.numbers);
        List<Syscalls.Resolved> calls = new ArrayList<>(this.calls);
        other.calls.stream().filter(call -> !this.calls.contains(call)).forEach(calls::add);
        return new SyscallFilter(false, both, List.copyOf(calls));
    }

    /** {@return the bitmap of the program: bit n % 64 of word n / 64 is call n} */
    long[] words() {
        long[] words = new long[NUMBERS / Long.SIZE];
        for (int number = 0; number < NUMBERS; number++) {
            if (counts(number)) {
                words[number / Long.SIZE] |= 1L << (number % Long.SIZE);
            }
        }
        return words;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SyscallFilter filter && all == filter.all && numbers.equals(filter.numbers);
    }

    @Override
    public int hashCode() {
        return 31 * numbers.hashCode() + Boolean.hashCode(all);
    }

    @Override
    public String toString() {
        return all
                ? "all system calls"
                : String.join(
                        ",",
                        calls.stream().map(Syscalls.Resolved::name).distinct().toList());
    }
}
