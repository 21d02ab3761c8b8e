// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * Filters the TCP and UDP packets that enter an interface, by their destination port: the local port of whoever lives
 * behind the interface.
 *
 * The same two programs serve TCX and clsact (direct action). A packet that we accept gets "next" (-1: TCX_NEXT to TCX,
 * TC_ACT_UNSPEC to clsact), never "OK", which would keep the filters of others that come after us from judging it.
 *
 *   1. The rules are asked first: one bit per port, precomputed by the loader.
 *   2. Only a packet that the rules refuse is looked up among the flows that the local side itself began. They are
 *      recorded on egress: TCP by a SYN without ACK, UDP by any packet sent. So replies to own connections come in
 *      under "block everything", while inbound connections never have an entry: a changed rule cuts them by itself, and
 *      no answer of the local side can turn a refused connection into an allowed one.
 *   3. What cannot be read (truncated, or a fragment without ports) is judged by the default action.
 *   4. Everything that is neither TCP nor UDP (ARP, ICMP, neighbour discovery, ...) passes, uncounted, and leaves
 *      no trace.
 *
 * Headers are copied to the stack: straight from the packet where they are in its linear part, which is the usual case
 * and costs next to nothing, otherwise by bpf_skb_load_bytes, which finds them in fragments too. So nothing depends on
 * how a packet is stored, and none is changed: bpf_skb_pull_data, the other way, may have to copy it.
 *
 * Rules are replaced in place. A packet reads one bit, or the default action, once, so it meets the old rules or the
 * new ones and never a mixture; a bit that is the same in both is never seen otherwise.
 */
#include <jbpf/bpf.h>

/* GPL-compatible, as the kernel wants it for some helpers; our other licence (SPDX above) has no word of its own there. */
char LICENSE[] SEC("license") = "GPL";

#define VERDICT_NEXT (-1) /* TC_ACT_UNSPEC, TCX_NEXT */
#define VERDICT_DROP 2 /* TC_ACT_SHOT, TCX_DROP */

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86DD
#define ETH_P_8021Q 0x8100
#define ETH_P_8021AD 0x88A8

#define IPPROTO_HOPOPTS 0
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ROUTING 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_AH 51
#define IPPROTO_DSTOPTS 60

#define TCP_SYN 0x02
#define TCP_ACK 0x10

#define MAX_VLAN_TAGS 2 /* in the frame; one more may be beside it, in vlan_tci */
#define MAX_EXTENSION_HEADERS 8

/* Bytes before the network header: 14 on Ethernet and loopback, 0 on devices without link-layer headers (tun). */
const volatile __u32 link_header_bytes = 14;

/* How long after the local side's last UDP packet an answer is still one. */
const volatile __u64 udp_flow_ns = 180ULL * 1000 * 1000 * 1000;

#define RULES_DEFAULT_BLOCK 1 /* the default action is block; otherwise allow */
#define RULES_TRACK_FLOWS 2 /* some port is refused: own flows have to be known */

struct rules {
    __u32 flags;
    __u32 reserved;
    __u8 refused[65536 / 8]; /* bit (port & 7) of byte (port >> 3): a packet to this port is refused */
};

/* Headers, as the wire has them. Aligned for the verifier's sake and the compiler's: see load(). */
struct ipv4_header {
    __u8 version_ihl;
    __u8 tos;
    __u16 total_length;
    __u16 id;
    __u16 fragment;
    __u8 ttl;
    __u8 protocol;
    __u16 checksum;
    __u8 source[4];
    __u8 destination[4];
} __attribute__((aligned(4)));

struct ipv6_header {
    __u32 version_class_flow;
    __u16 payload_length;
    __u8 next_header;
    __u8 hop_limit;
    __u8 source[16];
    __u8 destination[16];
} __attribute__((aligned(4)));

/* What all extension headers begin with; in a fragment header the second half is used, too. */
struct ipv6_extension {
    __u8 next_header;
    __u8 length;
    __u16 fragment;
    __u32 id;
} __attribute__((aligned(4)));

struct tcp_header {
    __u16 source;
    __u16 destination;
    __u32 sequence;
    __u32 acknowledged;
    __u8 data_offset;
    __u8 flags;
    __u16 window;
    __u16 checksum;
    __u16 urgent;
} __attribute__((aligned(4)));

struct udp_header {
    __u16 source;
    __u16 destination;
    __u16 length;
    __u16 checksum;
} __attribute__((aligned(4)));

/* One of the local side's own flows, ports in network byte order, IPv4 addresses as ::ffff:a.b.c.d. */
struct flow {
    __u8 remote[16];
    __u8 local[16];
    __u16 remote_port;
    __u16 local_port;
    __u8 protocol;
    __u8 reserved[3];
};

struct flow_state {
    __u64 last_sent_ns; /* bpf_ktime_get_ns at the local side's last packet (TCP: the SYN) */
};

struct traffic {
    __u64 packets;
    __u64 bytes; /* from the link header on */
};

/* allowed + blocked = tcp + udp + unreadable */
struct stats {
    struct traffic allowed;
    struct traffic blocked;
    struct traffic tcp;
    struct traffic udp;
    struct traffic unreadable;
    __u64 flows_lost; /* own flows that could not be recorded: their answers will be refused */
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct rules);
} rules SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct flow);
    __type(value, struct flow_state);
} flows SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct stats);
} stats SEC(".maps");

enum outcome {
    NOT_OURS, /* neither TCP nor UDP */
    UNREADABLE,
    READ,
};

/* What parse() found. Offsets are from the start of the link header. */
struct packet {
    __u32 network_offset;
    __u32 headers_bytes; /* up to the payload: what every wire packet of a GSO one repeats */
    __u16 source; /* ports, in network byte order */
    __u16 destination;
    __u8 is_ipv6;
    __u8 protocol;
    __u8 tcp_flags;
};

/*
 * Copies bytes of the packet, if it has as many; their number is a multiple of four. For offsets of few values, below
 * 2,048 (not behind IPv6 extension headers, whose lengths add up): the verifier follows each value of an offset apart
 * from where it is added to a packet pointer. In the packet they need not be
 * aligned: saying that they are makes the compiler copy words, which the architectures that we support do anywhere.
 */
static __always_inline int load(struct __sk_buff *skb, __u32 offset, void *to, __u32 size)
{
    void *data = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;

    offset &= 0x7ff; /* it is less anyway; this tells the verifier */
    if (data + offset + size <= end) {
        __builtin_memcpy(__builtin_assume_aligned(to, 4), __builtin_assume_aligned(data + offset, 4), size);
        return 0;
    }
    return bpf_skb_load_bytes(skb, offset, to, size);
}

/* `near`, a constant: the offset is one for load(). */
static __always_inline enum outcome parse_transport(
    struct __sk_buff *skb, __u32 offset, int near, struct packet *packet)
{
    if (packet->protocol == IPPROTO_TCP) {
        struct tcp_header tcp;

        if (near ? load(skb, offset, &tcp, sizeof(tcp)) : bpf_skb_load_bytes(skb, offset, &tcp, sizeof(tcp)))
            return UNREADABLE;
        packet->source = tcp.source;
        packet->destination = tcp.destination;
        packet->tcp_flags = tcp.flags;
        packet->headers_bytes = offset + (tcp.data_offset >> 4) * 4;
    } else {
        struct udp_header udp;

        if (near ? load(skb, offset, &udp, sizeof(udp)) : bpf_skb_load_bytes(skb, offset, &udp, sizeof(udp)))
            return UNREADABLE;
        packet->source = udp.source;
        packet->destination = udp.destination;
        packet->tcp_flags = 0;
        packet->headers_bytes = offset + sizeof(udp);
    }
    return READ;
}

static __always_inline int is_extension(__u8 header)
{
    return header == IPPROTO_HOPOPTS || header == IPPROTO_ROUTING || header == IPPROTO_DSTOPTS
        || header == IPPROTO_FRAGMENT || header == IPPROTO_AH;
}

static __always_inline enum outcome parse_ipv4(struct __sk_buff *skb, __u32 offset, struct packet *packet)
{
    struct ipv4_header ip;
    __u32 header_bytes;

    if (load(skb, offset, &ip, sizeof(ip)))
        return UNREADABLE;
    header_bytes = (ip.version_ihl & 0x0f) * 4;
    if (ip.version_ihl >> 4 != 4 || header_bytes < sizeof(ip))
        return UNREADABLE;
    if (ip.protocol != IPPROTO_TCP && ip.protocol != IPPROTO_UDP)
        return NOT_OURS;
    if (swap16(ip.fragment) & 0x1fff) /* not the first fragment: no ports in it */
        return UNREADABLE;
    packet->protocol = ip.protocol;
    return parse_transport(skb, offset + header_bytes, 1, packet);
}

static __always_inline enum outcome parse_ipv6(struct __sk_buff *skb, __u32 offset, struct packet *packet)
{
    struct ipv6_header ip;
    __u8 next;
    int i;

    if (load(skb, offset, &ip, sizeof(ip)))
        return UNREADABLE;
    if ((*(__u8 *)&ip) >> 4 != 6)
        return UNREADABLE;
    next = ip.next_header;
    offset += sizeof(ip);
    if (next == IPPROTO_TCP || next == IPPROTO_UDP) {
        packet->protocol = next;
        return parse_transport(skb, offset, 1, packet);
    }

    /* A bounded loop: Linux 5.3. */
#pragma clang loop unroll(disable)
    for (i = 0; i < MAX_EXTENSION_HEADERS && is_extension(next); i++) {
        struct ipv6_extension extension;

        if (bpf_skb_load_bytes(skb, offset, &extension, sizeof(extension)))
            return UNREADABLE;
        if (next == IPPROTO_FRAGMENT) {
            if (swap16(extension.fragment) & 0xfff8) {
                /* Not the first fragment. What the first began with is said here, if it was not yet another header. */
                next = extension.next_header;
                return next == IPPROTO_TCP || next == IPPROTO_UDP || is_extension(next) ? UNREADABLE : NOT_OURS;
            }
            offset += sizeof(extension);
        } else if (next == IPPROTO_AH) {
            offset += (extension.length + 2) * 4;
        } else {
            offset += (extension.length + 1) * 8;
        }
        next = extension.next_header;
    }
    if (next == IPPROTO_TCP || next == IPPROTO_UDP) {
        packet->protocol = next;
        return parse_transport(skb, offset, 0, packet);
    }
    return is_extension(next) ? UNREADABLE : NOT_OURS;
}

static __always_inline enum outcome parse(struct __sk_buff *skb, struct packet *packet)
{
    /* What the receiving stack will take the packet for. A tag in vlan_tci is no longer part of the frame. */
    __u32 protocol = swap16(skb->protocol);
    __u32 offset = link_header_bytes;
    int i;

#pragma unroll
    for (i = 0; i < MAX_VLAN_TAGS; i++) {
        __u16 tag[2] __attribute__((aligned(4))); /* tag control information, then the type of what follows */

        if (protocol != ETH_P_8021Q && protocol != ETH_P_8021AD)
            break;
        if (load(skb, offset, tag, sizeof(tag)))
            return UNREADABLE;
        protocol = swap16(tag[1]);
        offset += sizeof(tag);
    }
    packet->network_offset = offset;
    packet->is_ipv6 = protocol == ETH_P_IPV6;
    if (protocol == ETH_P_IP)
        return parse_ipv4(skb, offset, packet);
    if (protocol == ETH_P_IPV6)
        return parse_ipv6(skb, offset, packet);
    return protocol == ETH_P_8021Q || protocol == ETH_P_8021AD ? UNREADABLE : NOT_OURS;
}

/* The packet's flow as the local side sees it. Read apart from parse(), since few packets need it. */
static __always_inline int flow_of(
    struct __sk_buff *skb, const struct packet *packet, int incoming, struct flow *flow)
{
    __u8 *source = incoming ? flow->remote : flow->local;
    __u8 *destination = incoming ? flow->local : flow->remote;

    flow->remote_port = incoming ? packet->source : packet->destination;
    flow->local_port = incoming ? packet->destination : packet->source;
    flow->protocol = packet->protocol;
    if (packet->is_ipv6) {
        struct ipv6_header ip;

        if (load(skb, packet->network_offset, &ip, sizeof(ip)))
            return -1;
        __builtin_memcpy(source, ip.source, sizeof(ip.source));
        __builtin_memcpy(destination, ip.destination, sizeof(ip.destination));
    } else {
        struct ipv4_header ip;

        if (load(skb, packet->network_offset, &ip, sizeof(ip)))
            return -1;
        source[10] = source[11] = 0xff;
        destination[10] = destination[11] = 0xff;
        __builtin_memcpy(source + 12, ip.source, sizeof(ip.source));
        __builtin_memcpy(destination + 12, ip.destination, sizeof(ip.destination));
    }
    return 0;
}

static __always_inline struct rules *current_rules(void)
{
    __u32 zero = 0;

    return bpf_map_lookup_elem(&rules, &zero);
}

static __always_inline int refuses(const struct rules *rules, __u16 port_in_network_order)
{
    __u16 port = swap16(port_in_network_order);

    return (rules->refused[port >> 3] >> (port & 7)) & 1;
}

static __always_inline int begins_connection(const struct packet *packet)
{
    return packet->protocol == IPPROTO_TCP && (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/*
 * Is this incoming packet part of a flow that the local side began? A SYN without ACK begins one from outside, whatever
 * ports it carries, so it never is.
 */
static __always_inline int belongs_to_own_flow(struct __sk_buff *skb, const struct packet *packet)
{
    struct flow flow = {};
    struct flow_state *state;

    if (begins_connection(packet) || flow_of(skb, packet, 1, &flow))
        return 0;
    state = bpf_map_lookup_elem(&flows, &flow);
    if (!state)
        return 0;
    /* Signed: the clocks of two CPUs may differ by a hair, and a packet sent "later than now" is a fresh one. */
    return packet->protocol == IPPROTO_TCP
        || (__s64)(bpf_ktime_get_ns() - state->last_sent_ns) < (__s64)udp_flow_ns;
}

static __always_inline void add(struct traffic *traffic, __u64 packets, __u64 bytes)
{
    traffic->packets += packets;
    traffic->bytes += bytes;
}

/*
 * As the wire carries it: a GSO packet is `gso_segs` packets, each with its own headers. Both programs run with bottom
 * halves off, so never inside each other on a CPU: += on the per-CPU value is exact.
 */
static __always_inline void account(struct __sk_buff *skb, enum outcome outcome, const struct packet *packet, int allowed)
{
    __u32 zero = 0;
    struct stats *all = bpf_map_lookup_elem(&stats, &zero);
    __u64 packets = 1, bytes = skb->len;

    if (!all)
        return;
    if (skb->gso_segs > 1) {
        packets = skb->gso_segs;
        if (outcome == READ)
            bytes += (packets - 1) * packet->headers_bytes;
    }
    add(allowed ? &all->allowed : &all->blocked, packets, bytes);
    if (outcome == UNREADABLE)
        add(&all->unreadable, packets, bytes);
    else if (packet->protocol == IPPROTO_TCP)
        add(&all->tcp, packets, bytes);
    else
        add(&all->udp, packets, bytes);
}

/* A packet comes in to the local side: the verdict. */
SEC("tcx/ingress")
int l4_ingress(struct __sk_buff *skb)
{
    struct packet packet = {};
    enum outcome outcome = parse(skb, &packet);
    struct rules *rules;
    int allowed;

    if (outcome == NOT_OURS)
        return VERDICT_NEXT;
    rules = current_rules();
    if (!rules)
        return VERDICT_NEXT;
    if (outcome == READ)
        allowed = !refuses(rules, packet.destination) || belongs_to_own_flow(skb, &packet);
    else
        allowed = !(rules->flags & RULES_DEFAULT_BLOCK);
    account(skb, outcome, &packet, allowed);
    return allowed ? VERDICT_NEXT : VERDICT_DROP;
}

/* The local side speaks to somebody: its answers are welcome from now on. */
static __always_inline void record_own_flow(const struct flow *flow)
{
    struct flow_state now = {.last_sent_ns = bpf_ktime_get_ns()};
    struct flow_state *known = bpf_map_lookup_elem(&flows, flow);
    struct stats *all;
    __u32 zero = 0;

    if (known) {
        known->last_sent_ns = now.last_sent_ns;
        return;
    }
    if (!bpf_map_update_elem(&flows, flow, &now, BPF_ANY))
        return;
    all = bpf_map_lookup_elem(&stats, &zero);
    if (all)
        all->flows_lost += 1;
}

/* A packet leaves: remember whom the local side has spoken to, where the rules could refuse the answer. */
SEC("tcx/egress")
int l4_egress(struct __sk_buff *skb)
{
    struct packet packet = {};
    struct flow flow = {};
    struct rules *rules = current_rules();

    if (!rules || !(rules->flags & RULES_TRACK_FLOWS) || parse(skb, &packet) != READ)
        return VERDICT_NEXT;
    /*
     * UDP does not show who began. Where the default is allow, a refused port was named by the rules, and an answer sent
     * from it must not open it; where the port is not refused, answers come in without our help.
     */
    if (packet.protocol == IPPROTO_TCP
            ? !begins_connection(&packet)
            : !(rules->flags & RULES_DEFAULT_BLOCK) || !refuses(rules, packet.source))
        return VERDICT_NEXT;
    if (!flow_of(skb, &packet, 0, &flow))
        record_own_flow(&flow);
    return VERDICT_NEXT;
}
