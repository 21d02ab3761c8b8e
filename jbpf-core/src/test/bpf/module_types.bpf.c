// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Asks for a struct that a kernel has only in its module "overlay", and follows the root directory of a process to one.
#include "test.h"

#define field_offset(field) __builtin_preserve_field_info(field, 0)
#define type_id_kernel(type) __builtin_btf_type_id(*(type *)0, 1)
#define type_exists(type) __builtin_preserve_type_info(*(type *)0, 0)
#define type_size(type) __builtin_preserve_type_info(*(type *)0, 1)

static __u64 (*const bpf_get_current_pid_tgid)(void) = (void *)14;
static long (*const bpf_probe_read_kernel)(void *to, __u32 size, const void *unsafe) = (void *)113;

#define read(to, from) bpf_probe_read_kernel(&(to), sizeof(to), &(from))

/* OVERLAYFS_SUPER_MAGIC of linux/magic.h. */
#define OVERLAYFS 0x794c7630

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct super_block {
    void *s_fs_info;
    unsigned long s_magic;
};

struct vfsmount {
    struct super_block *mnt_sb;
};

struct path {
    struct vfsmount *mnt;
};

struct fs_struct {
    struct path root;
};

struct task_struct {
    struct fs_struct *fs;
};

struct ovl_fs {
    const void *creator_cred;
    __u32 numlayer;
};

#pragma clang attribute pop

/* Set by the test before the load. */
const volatile __u32 watched_tgid;

__u32 exists;
__u32 size;
__u32 type_id;
__u32 offset;
/* Of the overlay that is the process's root, if it is one. */
__u32 layers;
__u64 credentials;
/* Set when all of the above is. */
__u32 done;

SEC("raw_tp/sys_enter")
int looks(void *context)
{
    struct task_struct *task = bpf_get_current_task();
    struct fs_struct *fs = 0;
    struct vfsmount *mount = 0;
    struct super_block *block = 0;
    struct ovl_fs *overlay = 0;
    unsigned long magic = 0;

    if (bpf_get_current_pid_tgid() >> 32 != watched_tgid) {
        return 0;
    }
    exists = type_exists(struct ovl_fs);
    size = type_size(struct ovl_fs);
    type_id = type_id_kernel(struct ovl_fs);
    if (type_exists(struct ovl_fs)) {
        offset = field_offset(((struct ovl_fs *)0)->creator_cred);
        read(fs, task->fs);
        read(mount, fs->root.mnt);
        read(block, mount->mnt_sb);
        read(magic, block->s_magic);
        if (magic == OVERLAYFS) {
            read(overlay, block->s_fs_info);
            read(layers, overlay->numlayer);
            read(credentials, overlay->creator_cred);
        }
    }
    done = 1;
    return 0;
}

char licence[] SEC("license") = "GPL";
