// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// Where variables, constants and strings can lie, and how functions can be called.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct settings {
    __u32 limit;
    __u16 ports[4];
    __u8 first : 3, second : 5;
    enum { SLOW, FAST } speed;
};

const volatile int constant = 5;
const volatile struct settings settings = {.limit = 10, .ports = {1, 2, 3, 4}, .first = 1, .speed = FAST};
const volatile char name[16] SEC(".rodata.of_mine") = "rodata";
int zero;
static int zero_and_static;
int initialised = 7;
int initialised_of_mine SEC(".data.of_mine") = 8;
__u64 weak_one __attribute__((weak)) = 9;
__u64 hidden_one SEC(".data.hidden") __attribute__((visibility("hidden")));
const char *const words[] = {"one", "two", "three"};

/* A local array with constant values becomes .rodata.cst32. */
static __attribute__((noinline)) __u64 pick(__u32 at)
{
    __u64 values[4] = {11, 22, 33, 44};

    return values[at & 3];
}

static __attribute__((noinline)) int doubled(int number)
{
    return number + number + zero_and_static;
}

__attribute__((noinline)) int global_function(int number)
{
    return doubled(number) + constant;
}

__attribute__((weak, noinline)) int weak_function(int number)
{
    return number + initialised;
}

__attribute__((visibility("hidden"), noinline)) int hidden_function(int number)
{
    return number ^ (int)hidden_one;
}

static int each(__u32 index, void *sum)
{
    *(int *)sum += index;
    return 0;
}

SEC("socket")
int variables(struct __sk_buff *packet)
{
    zero += settings.limit + settings.ports[2] + settings.first + name[2];
    zero_and_static++;
    initialised_of_mine++;
    weak_one += pick(packet->len);
    return initialised;
}

SEC("socket")
int functions(struct __sk_buff *packet)
{
    return global_function(packet->len) + weak_function(1) + hidden_function(2);
}

SEC("socket")
int calls_back(struct __sk_buff *packet)
{
    int sum = 0;

    bpf_loop(10, each, &sum, 0);
    return sum;
}

SEC("raw_tp/sys_enter")
int prints(void *context)
{
    char text[] = "a string in .rodata.str1.1";

    bpf_printk("%s %d", text, constant);
    return 0;
}

SEC("raw_tp/sys_enter")
int reads_words(void *context)
{
    char copy[8];

    return bpf_probe_read_kernel_str(copy, sizeof(copy), words[1]) > 0 ? copy[0] : 0;
}

int needed_version SEC("version") = 1;
char licence[] SEC("license") = "Dual BSD/GPL";
