package io.jbpf.programs;

/**
 * A hierarchy in which every process has one cgroup. The kernel counts ids anew in each; which is which is told by a
 * number in the highest byte: HIERARCHY_* of syscall_counter.bpf.c.
 */
enum CgroupHierarchy {
    /** Version 2, whatever controllers it has. */
    V2(0),
    /** The one of version 1 that has the memory controller. */
    MEMORY(1),
    /** The one of version 1 that has the pids controller and not that of memory. */
    PIDS(2);

    private static final int KEY_SHIFT = 56;

    private final int number;

    CgroupHierarchy(int number) {
        this.number = number;
    }

    /** {@return the bit that says in the program's settings that cgroups of it are watched} */
    int bit() {
        return 1 << number;
    }

    /** {@return the cgroup's name in the program's maps} */
    long key(long id) {
        return ((long) number << KEY_SHIFT) ^ id;
    }

    /** {@return the hierarchy of a cgroup by its name in the program's maps} */
    static CgroupHierarchy of(long key) {
        return switch ((int) (key >>> KEY_SHIFT)) {
            case 0 -> V2;
            case 1 -> MEMORY;
            case 2 -> PIDS;
            default -> throw new IllegalArgumentException("cgroup hierarchy " + (key >>> KEY_SHIFT));
        };
    }

    /** {@return the id of a cgroup by its name in the program's maps} */
    static long id(long key) {
        return key & ((1L << KEY_SHIFT) - 1);
    }
}
