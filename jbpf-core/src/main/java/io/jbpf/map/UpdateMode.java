package io.jbpf.map;

/** When an update takes effect: the flags of {@code BPF_MAP_UPDATE_ELEM}, linux/bpf.h. */
public enum UpdateMode {
    /** {@code BPF_ANY}: insert or replace. */
    ANY(0),
    /** {@code BPF_NOEXIST}: insert only. */
    IF_ABSENT(1),
    /** {@code BPF_EXIST}: replace only. */
    IF_PRESENT(2);

    private final long flag;

    UpdateMode(long flag) {
        this.flag = flag;
    }

    long flag() {
        return flag;
    }
}
