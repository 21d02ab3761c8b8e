// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Every question CO-RE knows, asked of types that core_kernel.bpf.c has otherwise.
#include "test.h"

#define field_offset(field) __builtin_preserve_field_info(field, 0)
#define field_size(field) __builtin_preserve_field_info(field, 1)
#define field_exists(field) __builtin_preserve_field_info(field, 2)
#define field_signed(field) __builtin_preserve_field_info(field, 3)
#define field_lshift(field) __builtin_preserve_field_info(field, 4)
#define field_rshift(field) __builtin_preserve_field_info(field, 5)
#define type_id_local(type) __builtin_btf_type_id(*(type *)0, 0)
#define type_id_kernel(type) __builtin_btf_type_id(*(type *)0, 1)
#define type_exists(type) __builtin_preserve_type_info(*(type *)0, 0)
#define type_size(type) __builtin_preserve_type_info(*(type *)0, 1)
#define enum_exists(type, value) __builtin_preserve_enum_value(*(type *)value, 0)
#define enum_value(type, value) __builtin_preserve_enum_value(*(type *)value, 1)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct leaf {
    __u32 a;
    __u32 b;
};

union either {
    __u32 whole;
    __u8 parts[4];
};

struct task {
    __u32 first;
    struct leaf leaves[4];
    struct task *parent;
    __u32 moved;
    __u32 grown;
    __s32 grown_signed;
    __u64 gone;
    __u32 low : 3;
    __u32 flag : 1;
    __s32 delta : 12;
    union either either;
    char comm[16];
    __u32 inside_anonymous;
};

struct missing {
    __u32 x;
};

struct task___old {
    __u32 old_name;
};

struct two_of_us {
    __u32 x;
};

struct agree {
    __u32 x;
};

struct tail {
    __u32 count;
    __u64 elements[];
};

#pragma clang attribute pop

typedef struct {
    __u32 wide;
} anonymous_t;

typedef int (*callback_t)(struct task *, __u32);

enum state {
    STATE_IDLE = 0,
    STATE_BUSY = 1,
    STATE_GONE = 7,
};

__u64 out[32];

SEC("socket")
int fields(struct task *task)
{
    out[0] = task->first;
    out[1] = task->moved;
    out[2] = task->leaves[2].b;
    out[3] = (__u64)task->parent;
    out[4] = task->comm[3];
    out[5] = task->inside_anonymous;
    out[6] = task->either.parts[1];
    task->moved = 5;
    return 0;
}

SEC("socket")
int resized(struct task *task)
{
    out[0] = task->grown;
    return 0;
}

SEC("socket")
int resized_signed(struct task *task)
{
    out[0] = task->grown_signed;
    return 0;
}

SEC("socket")
int gone(struct task *task)
{
    if (field_exists(task->gone)) {
        out[0] = task->gone;
    }
    return 0;
}

SEC("socket")
int numbers(struct task *task)
{
    out[0] = field_offset(task->moved);
    out[1] = field_size(task->comm);
    out[2] = field_exists(task->moved);
    out[3] = field_exists(task->gone);
    out[4] = field_signed(task->grown_signed);
    out[5] = field_signed(task->grown);
    out[6] = field_size(task->leaves[1]);
    out[7] = field_offset(((struct tail *)task)->elements[3]);
    return 0;
}

SEC("socket")
int bits(struct task *task)
{
    out[0] = field_offset(task->flag);
    out[1] = field_size(task->flag);
    out[2] = field_lshift(task->flag);
    out[3] = field_rshift(task->flag);
    out[4] = field_signed(task->delta);
    out[5] = field_lshift(task->delta);
    out[6] = field_rshift(task->delta);
    return 0;
}

SEC("socket")
int types(void *context)
{
    out[0] = type_exists(struct task);
    out[1] = type_exists(struct missing);
    out[2] = type_size(struct task);
    out[3] = type_size(struct missing);
    out[4] = type_id_local(struct task);
    out[5] = type_id_kernel(struct task);
    out[6] = type_exists(anonymous_t);
    out[7] = type_exists(callback_t);
    return 0;
}

SEC("socket")
int enums(void *context)
{
    out[0] = enum_exists(enum state, STATE_BUSY);
    out[1] = enum_value(enum state, STATE_BUSY);
    out[2] = enum_exists(enum state, STATE_GONE);
    return 0;
}

SEC("socket")
int enum_gone(void *context)
{
    out[0] = enum_value(enum state, STATE_GONE);
    return 0;
}

SEC("socket")
int flavours(struct task *task)
{
    struct task___old *old = (void *)task;
    out[0] = field_exists(old->old_name);
    out[1] = type_exists(struct task___old);
    return 0;
}

SEC("socket")
int ambiguous(struct two_of_us *x)
{
    out[0] = x->x;
    return 0;
}

SEC("socket")
int agreeing(struct agree *x)
{
    out[0] = x->x;
    return 0;
}

char licence[] SEC("license") = "GPL";
