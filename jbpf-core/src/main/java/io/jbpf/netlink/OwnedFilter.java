package io.jbpf.netlink;

/**
 * A filter that is provably jbpf's: a {@link ClsactHook} has made it, or has found it with jbpf's mark, the expected name
 * and the expected program. Only such a filter can be replaced or removed, so nobody can ask for another's by its
 * preference or handle.
 */
public final class OwnedFilter {
    private final int preference;
    private final int handle;
    private final String name;
    private final int programId;

    OwnedFilter(int preference, int handle, String name, int programId) {
        this.preference = preference;
        this.handle = handle;
        this.name = name;
        this.programId = programId;
    }

    /** {@return its place among the filters: the smaller runs first} */
    public int preference() {
        return preference;
    }

    /** {@return which one of those with this preference: a random number, which nobody else has} */
    public int handle() {
        return handle;
    }

    /** {@return the name it was added with} */
    public String name() {
        return name;
    }

    /** {@return the id of the program in it} */
    public int programId() {
        return programId;
    }

    OwnedFilter withProgram(int id) {
        return new OwnedFilter(preference, handle, name, id);
    }

    /** {@return whether a filter that was listed is this one, unchanged} */
    boolean is(TcFilter filter) {
        return isAtPlaceOf(filter)
                && filter.bpf()
                        .filter(bpf -> bpf.name().equals(ClsactHook.MARK + name) && bpf.programId() == programId)
                        .isPresent();
    }

    /** {@return whether a filter that was listed sits where this one did} */
    boolean isAtPlaceOf(TcFilter filter) {
        return filter.chain() == 0 && filter.preference() == preference && filter.handle() == handle;
    }

    @Override
    public String toString() {
        return "filter '" + name + "' (program " + programId + ", pref " + preference + ", handle 0x"
                + Integer.toHexString(handle) + ")";
    }
}
