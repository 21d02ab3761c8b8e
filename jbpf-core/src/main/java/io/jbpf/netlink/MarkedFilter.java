package io.jbpf.netlink;

/**
 * A filter with jbpf's mark, as it was when the kernel was asked. The mark alone proves nothing: anyone may use it, and the
 * process that attached the filter may be alive. See {@link MarkedFilters}.
 *
 * @param on the interface
 * @param direction which of its packets the filter sees
 * @param name what it was attached with, without the mark
 * @param programId the id of the program in it
 * @param tag the program's tag in hexadecimal, a hash of its instructions
 * @param preference its place among the filters: the smaller runs first
 * @param handle which one of those with this preference
 */
public record MarkedFilter(
        InterfaceInfo on, Direction direction, String name, int programId, String tag, int preference, int handle) {

    /** {@return name, program and place} */
    @Override
    public String toString() {
        return "filter '" + name + "' (program " + programId + ", tag " + tag + ", pref " + preference + ", handle 0x"
                + Integer.toHexString(handle) + ") on " + direction + " of interface " + on;
    }
}
