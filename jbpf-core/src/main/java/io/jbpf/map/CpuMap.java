package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapType;
import java.util.Optional;

/**
 * CPUs that XDP programs redirect packets to: {@code BPF_MAP_TYPE_CPUMAP}, Linux 4.15. Values are
 * {@code struct bpf_cpumap_val}: how long the CPU's queue is, and with values of eight bytes a program that runs there
 * (5.9). Needs CAP_NET_ADMIN. Owns nothing; works while its {@link BpfMap} is open.
 */
public final class CpuMap {
    private final BpfMap map;

    private CpuMap(BpfMap map) {
        Views.requireType(map, "map of CPUs", MapType.CPUMAP);
        this.map = map;
    }

    /**
     * What a CPU has.
     *
     * @param queueSize how many packets may wait for it
     * @param programId the program that runs there; 0 for none
     */
    public record Cpu(int queueSize, int programId) {}

    /**
     * A view of a map.
     *
     * @throws IllegalArgumentException if the map is of another type
     */
    public static CpuMap of(BpfMap map) {
        return new CpuMap(map);
    }

    /**
     * Gives a CPU a queue, and a kernel thread that serves it.
     *
     * @param queueSize packets, 1 to 16,384
     * @throws SystemCallException EOVERFLOW if the queue is too long, ENODEV if there is no such CPU
     */
    public void put(int cpu, int queueSize) {
        put(cpu, queueSize, 0);
    }

    /**
     * Gives a CPU a queue and a program that runs there. Linux 5.9.
     *
     * @param program an XDP program with the attach type {@code BPF_XDP_CPUMAP}
     * @throws IllegalArgumentException if the map's values have no room for a program: they are of four bytes
     * @throws SystemCallException EINVAL if the program does not suit
     */
    public void put(int cpu, int queueSize, DescriptorOwner program) {
        Views.requirePair(map, "a program");
        Descriptors.with(program, descriptor -> {
            put(cpu, queueSize, descriptor);
            return descriptor;
        });
    }

    private void put(int cpu, int queueSize, int descriptor) {
        Scratch scratch = Views.scratch(map, cpu);
        Views.putPair(map, scratch, queueSize, descriptor);
        map.update(scratch, UpdateMode.ANY);
    }

    /** {@return what a CPU has, or nothing} */
    public Optional<Cpu> get(int cpu) {
        Scratch scratch = Views.scratch(map, cpu);
        return map.lookup(scratch)
                ? Optional.of(new Cpu(scratch.value(Integer.BYTES).getInt(0), Views.secondOfPair(map, scratch)))
                : Optional.empty();
    }

    /** Takes a CPU out. Packets that wait for it are still dealt with. */
    public void delete(int cpu) {
        map.delete(Views.scratch(map, cpu));
    }
}
