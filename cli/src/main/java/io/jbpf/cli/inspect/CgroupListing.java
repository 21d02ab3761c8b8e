package io.jbpf.cli.inspect;

import io.jbpf.inspect.CgroupTree;
import io.jbpf.link.AttachedPrograms;
import java.util.ArrayList;
import java.util.List;

/**
 * A program of a cgroup as {@code jbpf inspect cgroup -o json} shows it.
 *
 * @param cgroup its directory
 * @param attachType the hook
 * @param attachFlags {@code multi}, {@code override}, both or neither; empty for what is effective
 * @param order from 1, in which those of the hook run
 * @param progId the program
 * @param progName its name, as far as it may be known
 */
record CgroupListing(String cgroup, String attachType, String attachFlags, int order, int progId, String progName) {
    // linux/bpf.h
    private static final int BPF_F_ALLOW_OVERRIDE = 1;
    private static final int BPF_F_ALLOW_MULTI = 2;
    private static final int BPF_F_PREORDER = 1 << 6;

    static List<CgroupListing> of(CgroupTree tree) {
        ProgramNames names = new ProgramNames();
        List<CgroupListing> all = new ArrayList<>();
        for (CgroupTree.Cgroup cgroup : tree.cgroups()) {
            for (CgroupTree.Hook hook : cgroup.hooks()) {
                int order = 1;
                for (AttachedPrograms.Entry entry : hook.programs().entries()) {
                    all.add(new CgroupListing(
                            cgroup.path().toString(),
                            KernelNames.of(hook.type()),
                            flags(hook.programs().attachFlags()),
                            order++,
                            entry.programId(),
                            names.of(entry.programId())));
                }
            }
        }
        return all;
    }

    private static String flags(int flags) {
        List<String> words = new ArrayList<>();
        add(words, flags, BPF_F_ALLOW_OVERRIDE, "override");
        add(words, flags, BPF_F_ALLOW_MULTI, "multi");
        add(words, flags, BPF_F_PREORDER, "preorder");
        int rest = flags & ~(BPF_F_ALLOW_OVERRIDE | BPF_F_ALLOW_MULTI | BPF_F_PREORDER);
        if (rest != 0) {
            words.add("0x" + Integer.toHexString(rest));
        }
        return String.join(",", words);
    }

    private static void add(List<String> words, int flags, int flag, String word) {
        if ((flags & flag) != 0) {
            words.add(word);
        }
    }
}
