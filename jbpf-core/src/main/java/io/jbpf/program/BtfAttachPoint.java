package io.jbpf.program;

/**
 * What a program is loaded for, as bpf(BPF_PROG_LOAD) is told: a function or type in a set of types.
 *
 * @param typeId {@code attach_btf_id}
 * @param descriptor {@code attach_btf_obj_fd} of a module, or {@code attach_prog_fd} of a program; 0 for the kernel itself
 * @param description what it is, for messages: {@code vmlinux:bpf_iter_task}
 * @param member for a program of a struct_ops map, the index of the member it stands for, which takes the place of an
 *     attach type; else −1
 */
public record BtfAttachPoint(int typeId, int descriptor, String description, int member) {
    /** A function or type, not a member of one. */
    public BtfAttachPoint(int typeId, int descriptor, String description) {
        this(typeId, descriptor, description, -1);
    }
}
