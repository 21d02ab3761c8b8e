package io.jbpf.object;

import java.util.Optional;

/**
 * What a map is: {@code enum bpf_map_type} of linux/bpf.h. Each constant tells the first Linux that has it.
 */
public enum MapType {
    /** {@code BPF_MAP_TYPE_UNSPEC}: no type; such a map cannot be created. */
    UNSPEC(0),
    /** {@code BPF_MAP_TYPE_HASH}: a hash table (Linux 3.19). */
    HASH(1),
    /** {@code BPF_MAP_TYPE_ARRAY}: an array (3.19). */
    ARRAY(2),
    /** {@code BPF_MAP_TYPE_PROG_ARRAY}: programs to tail-call (4.2). */
    PROG_ARRAY(3),
    /** {@code BPF_MAP_TYPE_PERF_EVENT_ARRAY}: perf events, one per CPU, as a way to user space (4.3). */
    PERF_EVENT_ARRAY(4),
    /** {@code BPF_MAP_TYPE_PERCPU_HASH}: a hash table with a value per CPU (4.6). */
    PERCPU_HASH(5),
    /** {@code BPF_MAP_TYPE_PERCPU_ARRAY}: an array with a value per CPU (4.6). */
    PERCPU_ARRAY(6),
    /** {@code BPF_MAP_TYPE_STACK_TRACE}: stack traces (4.6). */
    STACK_TRACE(7),
    /** {@code BPF_MAP_TYPE_CGROUP_ARRAY}: cgroups (4.8). */
    CGROUP_ARRAY(8),
    /** {@code BPF_MAP_TYPE_LRU_HASH}: a hash table that drops what was not used for longest (4.10). */
    LRU_HASH(9),
    /** {@code BPF_MAP_TYPE_LRU_PERCPU_HASH}: the same with a value per CPU (4.10). */
    LRU_PERCPU_HASH(10),
    /** {@code BPF_MAP_TYPE_LPM_TRIE}: finds the longest matching prefix (4.11). */
    LPM_TRIE(11),
    /** {@code BPF_MAP_TYPE_ARRAY_OF_MAPS}: an array of maps (4.12). */
    ARRAY_OF_MAPS(12),
    /** {@code BPF_MAP_TYPE_HASH_OF_MAPS}: a hash table of maps (4.12). */
    HASH_OF_MAPS(13),
    /** {@code BPF_MAP_TYPE_DEVMAP}: network devices to redirect to (4.14). */
    DEVMAP(14),
    /** {@code BPF_MAP_TYPE_SOCKMAP}: sockets, by index (4.14). */
    SOCKMAP(15),
    /** {@code BPF_MAP_TYPE_CPUMAP}: CPUs to redirect to (4.15). */
    CPUMAP(16),
    /** {@code BPF_MAP_TYPE_XSKMAP}: AF_XDP sockets (4.18). */
    XSKMAP(17),
    /** {@code BPF_MAP_TYPE_SOCKHASH}: sockets, by key (4.18). */
    SOCKHASH(18),
    /** {@code BPF_MAP_TYPE_CGROUP_STORAGE}: a value per cgroup and program; deprecated, see {@link #CGRP_STORAGE} (4.19). */
    CGROUP_STORAGE(19),
    /** {@code BPF_MAP_TYPE_REUSEPORT_SOCKARRAY}: sockets that share a port (4.19). */
    REUSEPORT_SOCKARRAY(20),
    /** {@code BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE}: a value per cgroup, program and CPU; deprecated (4.20). */
    PERCPU_CGROUP_STORAGE(21),
    /** {@code BPF_MAP_TYPE_QUEUE}: first in, first out (4.20). */
    QUEUE(22),
    /** {@code BPF_MAP_TYPE_STACK}: last in, first out (4.20). */
    STACK(23),
    /** {@code BPF_MAP_TYPE_SK_STORAGE}: a value per socket (5.2). */
    SK_STORAGE(24),
    /** {@code BPF_MAP_TYPE_DEVMAP_HASH}: network devices to redirect to, by key (5.4). */
    DEVMAP_HASH(25),
    /** {@code BPF_MAP_TYPE_STRUCT_OPS}: an implementation of a kernel interface (5.6). */
    STRUCT_OPS(26),
    /** {@code BPF_MAP_TYPE_RINGBUF}: a ring buffer to user space (5.8). */
    RINGBUF(27),
    /** {@code BPF_MAP_TYPE_INODE_STORAGE}: a value per inode (5.10). */
    INODE_STORAGE(28),
    /** {@code BPF_MAP_TYPE_TASK_STORAGE}: a value per task (5.11). */
    TASK_STORAGE(29),
    /** {@code BPF_MAP_TYPE_BLOOM_FILTER}: tells what certainly is not in a set (5.16). */
    BLOOM_FILTER(30),
    /** {@code BPF_MAP_TYPE_USER_RINGBUF}: a ring buffer from user space (6.1). */
    USER_RINGBUF(31),
    /** {@code BPF_MAP_TYPE_CGRP_STORAGE}: a value per cgroup (6.2). */
    CGRP_STORAGE(32),
    /** {@code BPF_MAP_TYPE_ARENA}: sparse memory shared with user space (6.9). */
    ARENA(33),
    /** {@code BPF_MAP_TYPE_INSN_ARRAY}: addresses of instructions, for indirect jumps (6.19). */
    INSN_ARRAY(34);

    private final int number;

    MapType(int number) {
        this.number = number;
    }

    /** {@return the kernel's number} */
    public int number() {
        return number;
    }

    /** {@return the kernel's name, such as {@code BPF_MAP_TYPE_HASH}} */
    public String kernelName() {
        return "BPF_MAP_TYPE_" + name();
    }

    /**
     * The constant with a number.
     *
     * @param number the kernel's number
     * @return the constant; empty for a number that this library does not know
     */
    public static Optional<MapType> of(int number) {
        // Numbers are given out one by one and never taken back: the place is the number.
        return number >= 0 && number < values().length ? Optional.of(values()[number]) : Optional.empty();
    }
}
