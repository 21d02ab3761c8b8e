// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Types of every kind, in maps and in variables: for reading values, for printing as C, and for older kernels.
// Compiled by a newer clang it has 64-bit enums, too.
#include "test.h"

#define __decl_tag(text) __attribute__((btf_decl_tag(text)))
#define __type_tag(text) __attribute__((btf_type_tag(text)))
#define __packed __attribute__((packed))
#define __aligned(bytes) __attribute__((aligned(bytes)))

enum colour { RED, GREEN = 7, BLUE = -3 };
enum level { LOW = 1, HIGH = 0xfffffff0 };
enum __packed tiny { TINY_A, TINY_B = 200 };

#if __clang_major__ >= 15
enum huge { HUGE_A = 1ULL << 40, HUGE_B = 0xffffffffffffffffULL };
enum deep { DEEP_A = -(1LL << 40), DEEP_B = 5 };
#endif

struct point {
    __s32 x;
    __s32 y;
};

typedef struct point position;

union either {
    __u32 whole;
    __u16 halves[2];
    __s8 bytes[4];
};

struct key {
    __u16 port;
    __u8 kind;
    char name[5];
    enum colour colour;
    position at;
};

struct bits {
    __u32 low : 3;
    __u32 middle : 11;
    __s32 minus : 9;
    enum colour colour : 4;
    __u32 : 2;
    _Bool set : 1;
    __u64 wide : 40;
    __u64 rest : 20;
};

struct value {
    __s8 s8;
    __u8 u8;
    __s16 s16;
    __u16 u16;
    __s32 s32;
    __u32 u32;
    __s64 s64;
    __u64 u64;
    _Bool yes;
    _Bool no;
    // bpftool reads a truth value as an int.
    __u8 zero[3];
    char letter;
    char text[8];
    unsigned char raw[3];
    enum colour colours[3];
    enum level level;
    enum tiny tiny;
    const position *volatile pointer;
    void (*call)(int, const char *);
    position path[2];
    __u16 grid[2][3];
    union either either;
    struct {
        __u32 inner;
        union {
            __u16 left;
            __u8 right;
        };
    };
    struct {
        __u8 deeper;
    } named;
    struct bits bits;
    __int128 large;
    unsigned __int128 larger;
#if __clang_major__ >= 15
    enum huge huge;
    enum deep deep;
    struct {
        enum huge some : 41;
        __u64 others : 23;
    } part;
#endif
};

struct numbers {
    float single;
    double twice;
    float row[2];
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __type(key, struct key);
    __type(value, struct value);
} by_key SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, struct value);
} by_index SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __type(key, enum colour);
    __type(value, union either);
} by_colour SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
    __uint(max_entries, 16);
    __type(key, __u64);
    __type(value, position);
} per_cpu SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __type(key, char[4]);
    __type(value, struct numbers);
} measured SEC(".maps");

// ---- layouts

struct never;

struct self {
    struct self *next;
    struct never *never;
    const struct self *const *volatile all;
};

struct close {
    char first;
    int second;
    short third;
} __packed;

struct apart {
    char first;
    long second __aligned(32);
    char third;
} __aligned(64);

struct half_packed {
    char first;
    struct close close;
    long second __packed __aligned(2);
};

struct tail {
    long size;
    char data[];
};

struct bit_gaps {
    int first : 3;
    int : 0;
    int second : 5;
    char third : 2;
    char : 5;
    char fourth : 3;
    short fifth;
    long sixth : 33;
    unsigned long : 20;
    long seventh : 11;
    char eighth;
};

struct packed_bits {
    char first;
    long second : 50;
    int third : 20;
    char fourth;
} __packed;

struct first___flavour {
    int old;
};

typedef struct {
    int anonymous;
    struct {
        int array[2];
    } inside[3];
    int (*(*calls)[2])(struct never *, int (*)(void));
} unnamed;

union all {
    struct close close;
    struct apart apart;
    struct bit_gaps gaps;
    unnamed unnamed;
};

struct empty {};

struct holds_empty {
    struct empty none;
    int after;
};

struct tagged {
    int __type_tag("first") * __type_tag("second") * pointer;
    int member __decl_tag("member");
} __decl_tag("struct");

typedef int number __decl_tag("typedef");

struct self self;
struct close close;
struct apart apart;
struct half_packed half_packed;
struct tail tail;
struct bit_gaps bit_gaps;
struct packed_bits packed_bits;
struct first___flavour flavour;
unnamed unnamed_variable;
union all all;
struct holds_empty holds_empty;
struct tagged tagged __decl_tag("variable");
number tagged_number;
double measure = 1.5;
static volatile int touched;
const volatile int constant = 3;

static __noinline int own_part(__u32 index)
{
    struct value *value = bpf_map_lookup_elem(&by_index, &index);
    return value ? value->bits.low : tagged.member;
}

__noinline __decl_tag("function") int global_part(__u32 index __decl_tag("argument"))
{
    return own_part(index) + constant;
}

SEC("socket")
int reads(void *context)
{
    __u32 index = 1;
    struct key key = {.colour = BLUE};
    union either *either;

    bpf_map_lookup_elem(&by_key, &key);
    bpf_map_lookup_elem(&measured, &index);
    either = bpf_map_lookup_elem(&by_colour, &index);
    if (either)
        tagged_number = either->whole;
    touched = 1;
    return global_part(index);
}

char licence[] SEC("license") = "GPL";
