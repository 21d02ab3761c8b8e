package io.jbpf.map;

import io.jbpf.sys.Fd;
import io.jbpf.sys.FdInfo;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What /proc/self/fdinfo says of a map beyond {@link MapInfo}. Linux 4.10, where /proc is mounted.
 *
 * @param lockedMemory how much memory it takes in the kernel, in bytes: {@code memlock}, on kernels before 6.4 an estimate;
 *     empty if that is not told
 * @param frozen whether writes from user space are forbidden (Linux 5.2)
 * @param ownerProgramType of a program array: the type of the programs that may be in it, {@code enum bpf_prog_type}; empty
 *     as long as there were none
 */
public record MapState(OptionalLong lockedMemory, boolean frozen, OptionalInt ownerProgramType) {
    static MapState read(Fd map) {
        FdInfo info = FdInfo.of(map);
        OptionalLong owner = info.number("owner_prog_type");
        return new MapState(
                info.number("memlock"),
                info.number("frozen").orElse(0) != 0,
                owner.isPresent() ? OptionalInt.of((int) owner.getAsLong()) : OptionalInt.empty());
    }
}
