// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
// A struct of everything a Java record can stand for, filled by a program, for RecordCodecTest.
#include "test.h"

enum verdict { PASS, DROP = 7 };

struct endpoint {
    __u32 address;
    __u16 port;
};

struct bpf_spin_lock {
    __u32 val;
};

struct flow {
    struct bpf_spin_lock lock;
    __u8 small;
    __s16 negative;
    __u32 flow_id;
    __u64 bytes;
    _Bool open;
    char comm[16];
    __u8 mac[6];
    enum verdict verdict;
    struct endpoint from;
    struct endpoint hops[2];
    __u32 counts[3];
    union {
        __u32 v4;
        __u8 raw[8];
    };
    struct {
        __u32 inner;
    };
    __u32 pad_end;
};

struct odd {
    __u32 three : 3;
    __u64 wide;
    __u32 counts[3];
    enum verdict verdict;
    char comm[16];
    struct endpoint from;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct flow);
} flows SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct odd);
} odds SEC(".maps");

SEC("tc")
int fills_flow(void *context)
{
    __u32 zero = 0;
    struct flow *flow = bpf_map_lookup_elem(&flows, &zero);

    if (!flow) {
        return 0;
    }
    // What Java wrote is there.
    if (flow->flow_id != 11 || flow->hops[1].port != 12 || flow->comm[1] != 'a' || flow->verdict != PASS) {
        return 1;
    }
    flow->small = 200;
    flow->negative = -2;
    flow->flow_id = 0xfffffffe;
    flow->bytes = 1ull << 40;
    flow->open = 1;
    flow->comm[0] = 'b';
    flow->mac[5] = 0xee;
    flow->verdict = DROP;
    flow->from.address = 3;
    flow->from.port = 65535;
    flow->hops[1].address = 5;
    flow->counts[2] = 9;
    flow->v4 = 77;
    flow->inner = 88;
    bpf_map_lookup_elem(&odds, &zero);
    return 2;
}

char licence[] SEC("license") = "GPL";
