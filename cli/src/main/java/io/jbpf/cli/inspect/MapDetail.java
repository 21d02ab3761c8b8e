package io.jbpf.cli.inspect;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.jbpf.map.BpfMap;
import io.jbpf.map.MapState;
import org.jspecify.annotations.Nullable;

/**
 * One map as {@code jbpf inspect map -o json} shows it.
 *
 * @param listing what the list of maps has
 * @param frozen whether user space may no longer write to it
 * @param bytesMemlock how much memory it takes; null if /proc does not tell
 * @param ownerProgType of a program array: the type of the programs in it; else null
 * @param btfKeyTypeId the type of its keys in its BTF, 0 if none
 * @param btfValueTypeId the type of its values there, 0 if none
 * @param mapExtra a number whose meaning depends on the type
 */
record MapDetail(
        @JsonUnwrapped MapListing listing,
        boolean frozen,
        @Nullable Long bytesMemlock,
        @Nullable String ownerProgType,
        int btfKeyTypeId,
        int btfValueTypeId,
        long mapExtra) {
    static MapDetail of(BpfMap map, Keepers keepers) {
        MapState state = map.state();
        return new MapDetail(
                MapListing.of(map.info(), keepers),
                state.frozen(),
                state.lockedMemory().isPresent() ? state.lockedMemory().getAsLong() : null,
                state.ownerProgramType().isPresent()
                        ? KernelNames.programType(state.ownerProgramType().getAsInt())
                        : null,
                map.info().btfKeyTypeId(),
                map.info().btfValueTypeId(),
                map.info().mapExtra());
    }
}
