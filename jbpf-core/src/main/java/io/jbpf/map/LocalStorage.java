package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapType;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Values that lie with what they are about, and go with it: {@code BPF_MAP_TYPE_SK_STORAGE} (a socket; Linux 5.2),
 * {@code INODE_STORAGE} (a file; 5.10, and BPF among the kernel's security modules), {@code TASK_STORAGE} (a process;
 * 5.11) and {@code CGRP_STORAGE} (a cgroup; 6.2). The kernel takes a descriptor for a key. It cannot list them.
 *
 * <p>The kernel makes such maps only with the BTF types of key and value: let an object define it. Owns nothing; works
 * while its {@link BpfMap} is open.
 *
 * @param <V> the value
 */
public final class LocalStorage<V> {
    private final BpfMap map;
    private final Codec<V> values;

    private LocalStorage(BpfMap map, Codec<V> values) {
        Views.requireType(
                map,
                "local storage",
                MapType.SK_STORAGE,
                MapType.INODE_STORAGE,
                MapType.TASK_STORAGE,
                MapType.CGRP_STORAGE);
        Views.requireValue(map, values);
        this.map = map;
        this.values = values;
    }

    /**
     * A view of a map.
     *
     * @throws IllegalArgumentException if the map is of another type, or its values of another size
     */
    public static <V> LocalStorage<V> of(BpfMap map, Codec<V> values) {
        return new LocalStorage<>(map, values);
    }

    /** {@return the value a process, file or cgroup has, or nothing} */
    public Optional<V> lookup(DescriptorOwner object) {
        return Descriptors.with(object, this::lookup);
    }

    /**
     * The value of what a descriptor of this process stands for.
     *
     * @param descriptor the number, such as a socket's; it must stay open during the call
     * @throws SystemCallException EBADF if it stands for something else
     */
    public Optional<V> lookup(int descriptor) {
        Scratch scratch = Views.scratch(map, descriptor);
        return map.lookup(scratch) ? Optional.of(values.decode(scratch.value(values.size()))) : Optional.empty();
    }

    /** Gives a process, file or cgroup a value. */
    public void put(DescriptorOwner object, V value) {
        update(object, value, UpdateMode.ANY);
    }

    /** Gives a process, file or cgroup a value; answers false if {@code mode} forbade it. */
    public boolean update(DescriptorOwner object, V value, UpdateMode mode) {
        IntFunction<Boolean> update = descriptor -> update(descriptor, value, mode);
        return Descriptors.with(object, update);
    }

    /**
     * Gives what a descriptor of this process stands for a value.
     *
     * @param descriptor the number, such as a socket's; it must stay open during the call
     * @return false if {@code mode} forbade it
     * @throws SystemCallException EBADF if it stands for something else
     */
    public boolean update(int descriptor, V value, UpdateMode mode) {
        Scratch scratch = Views.scratch(map, descriptor);
        values.encode(value, Views.zeroed(scratch.value(values.size())));
        return map.update(scratch, mode);
    }

    /** Removes the value of a process, file or cgroup; answers whether it had one. */
    public boolean delete(DescriptorOwner object) {
        return Descriptors.with(object, this::delete);
    }

    /** Removes the value of what a descriptor of this process stands for; answers whether it had one. */
    public boolean delete(int descriptor) {
        return map.delete(Views.scratch(map, descriptor));
    }
}
