// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A program that throws, and the function that is called when it does (Linux 6.7). No instruction refers to the latter.
#include "test.h"

#define __ksym __attribute__((section(".ksyms")))
#define __exception_cb(name) __attribute__((btf_decl_tag("exception_callback:" #name)))

extern void bpf_throw(__u64 cookie) __ksym;

__noinline int plus_one(__u64 number)
{
    return number + 1;
}

__noinline int caught(__u64 cookie)
{
    return plus_one(cookie);
}

SEC("syscall")
__exception_cb(caught) int throws_on_purpose(void *context)
{
    bpf_throw(41);
    return 0;
}

SEC("?syscall")
__exception_cb(nobody) int has_no_callback(void *context)
{
    bpf_throw(41);
    return 0;
}

char licence[] SEC("license") = "GPL";
