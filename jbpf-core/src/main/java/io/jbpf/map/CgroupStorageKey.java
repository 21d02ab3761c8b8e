package io.jbpf.map;

import io.jbpf.object.AttachType;

/**
 * A key of the older cgroup storage, {@code struct bpf_cgroup_storage_key}: {@code BPF_MAP_TYPE_CGROUP_STORAGE} (Linux
 * 4.19) and {@code PERCPU_CGROUP_STORAGE} (4.20). An element exists while a program that uses the map is attached to the
 * cgroup: it can be read and changed, not made or removed. Since Linux 5.9 a map whose keys are a bare {@code __u64}, the
 * cgroup's id, shares an element among all attach types; use {@link Codec#u64()} there. Newer programs use
 * {@code CGRP_STORAGE}: see {@link LocalStorage}.
 *
 * @param cgroupId the inode of the cgroup's directory
 * @param attachType {@code enum bpf_attach_type} of the program
 */
public record CgroupStorageKey(long cgroupId, int attachType) {
    private static final int BYTES = 16;

    /** {@return the key of a program's element} */
    public static CgroupStorageKey of(long cgroupId, AttachType attachType) {
        return new CgroupStorageKey(cgroupId, attachType.number());
    }

    /** {@return how it lies in the map} */
    public static Codec<CgroupStorageKey> codec() {
        return Codec.of(
                BYTES,
                (key, to) -> to.putLong(key.cgroupId).putInt(key.attachType),
                from -> new CgroupStorageKey(from.getLong(), from.getInt()));
    }
}
