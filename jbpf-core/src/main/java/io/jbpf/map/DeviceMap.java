package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapType;
import java.util.Optional;

/**
 * Network devices that XDP programs redirect to: {@code BPF_MAP_TYPE_DEVMAP} (by index; Linux 4.14) and
 * {@code DEVMAP_HASH} (by key; 5.4). Values are {@code struct bpf_devmap_val}: the index of an interface, and with values
 * of eight bytes a program that runs on what is sent there (5.8). A device that goes away leaves the map. Needs
 * CAP_NET_ADMIN. Owns nothing; works while its {@link BpfMap} is open.
 */
public final class DeviceMap {
    private final BpfMap map;

    private DeviceMap(BpfMap map) {
        Views.requireType(map, "map of devices", MapType.DEVMAP, MapType.DEVMAP_HASH);
        this.map = map;
    }

    /**
     * What a key has.
     *
     * @param interfaceIndex the device
     * @param programId the program that runs on what is sent there; 0 for none
     */
    public record Device(int interfaceIndex, int programId) {}

    /**
     * A view of a map.
     *
     * @throws IllegalArgumentException if the map is of another type
     */
    public static DeviceMap of(BpfMap map) {
        return new DeviceMap(map);
    }

    /**
     * Puts a device in.
     *
     * @param interfaceIndex the index of an interface of the calling thread's network namespace
     * @throws SystemCallException EINVAL if there is no such interface
     */
    public void put(int key, int interfaceIndex) {
        put(key, interfaceIndex, 0);
    }

    /**
     * Puts a device in, with a program that runs on what is sent there. Linux 5.8.
     *
     * @param program an XDP program with the attach type {@code BPF_XDP_DEVMAP}
     * @throws IllegalArgumentException if the map's values have no room for a program: they are of four bytes
     * @throws SystemCallException EINVAL if the program or the interface does not suit
     */
    public void put(int key, int interfaceIndex, DescriptorOwner program) {
        Views.requirePair(map, "a program");
        Descriptors.with(program, descriptor -> {
            put(key, interfaceIndex, descriptor);
            return descriptor;
        });
    }

    private void put(int key, int interfaceIndex, int descriptor) {
        Scratch scratch = Views.scratch(map, key);
        // A descriptor of 0 would be a program; the kernel takes it for none (devmap.c: __dev_map_alloc_node, val.fd >
        // 0).
        Views.putPair(map, scratch, interfaceIndex, descriptor);
        map.update(scratch, UpdateMode.ANY);
    }

    /** {@return the device of a key, or nothing} */
    public Optional<Device> get(int key) {
        Scratch scratch = Views.scratch(map, key);
        return map.lookup(scratch)
                ? Optional.of(new Device(scratch.value(Integer.BYTES).getInt(0), Views.secondOfPair(map, scratch)))
                : Optional.empty();
    }

    /** Takes a key's device out; of a hash, answers whether it had one. */
    public boolean delete(int key) {
        return map.delete(Views.scratch(map, key));
    }
}
