// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// No programs: the types that core.bpf.c meets in a "kernel", which are not quite as it believes.
#include "test.h"

struct leaf {
    __u64 new_one;
    __u32 b;
    __u32 a;
};

union either {
    __u8 parts[4];
    __u32 whole;
};

struct task {
    __u64 new_at_the_start;
    __u32 first;
    __u64 grown;
    __s64 grown_signed;
    struct leaf leaves[8];
    const struct task *const parent;
    struct {
        union {
            __u32 other;
            __u32 inside_anonymous;
        };
    };
    char comm[32];
    union either either;
    __u64 padding_of_flags : 35;
    __u64 flag : 1;
    __s64 delta : 12;
    __u32 moved;
};

struct two_of_us {
    __u32 x;
};

struct two_of_us___other {
    __u32 pad;
    __u32 x;
};

struct agree {
    __u32 x;
    __u32 y;
};

struct agree___other {
    __u32 x;
};

struct tail {
    __u64 more;
    __u64 count;
    __u64 elements[];
};

typedef struct {
    __u64 wide;
} anonymous_t;

typedef int (*callback_t)(struct task *, __u32);

enum state {
    STATE_NEW = 0,
    STATE_IDLE = 1,
    STATE_BUSY = 2,
};

struct task task;
struct two_of_us one;
struct two_of_us___other other;
struct agree agree;
struct agree___other agree_other;
struct tail *tail;
anonymous_t anonymous;
callback_t callback;
enum state state;
