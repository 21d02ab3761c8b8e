// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * Filters the TCP and UDP packets that enter an interface, by their destination port: the local port of whoever lives
 * behind the interface.
 *
 * One pair of programs serves all firewalls of a node. What is attached to an interface are stubs of a few instructions,
 * made by the loader: a stub writes which firewall it is of into skb->cb and jumps to the program in its program array. So a
 * firewall costs two stubs and its own counts, and one write into each program array upgrades all of them. A firewall has a
 * slot: its index into all maps here whose values are maps. A slot may have had another firewall before; nothing of that
 * one is seen, since the slot's maps are new, and keys of shared tables hold the id, which is never used again.
 *
 * The same two programs serve TCX and clsact (direct action). A packet that we accept gets "next" (-1: TCX_NEXT to TCX,
 * TC_ACT_UNSPEC to clsact), never "OK", which would keep the filters of others that come after us from judging it.
 *
 *   1. The rules are asked first: one bit per port, precomputed by the loader.
 *   2. Only a packet that the rules refuse is looked up among the flows that the local side itself began. On egress a
 *      SYN without ACK records one, and a UDP packet from a refused port, unless the loader has listed its socket as one
 *      that was there when the port became refused: who began what goes on there, nothing shows. So replies to own
 *      connections come in under "block everything", while inbound connections have no entry: a changed rule cuts them
 *      by itself, and no answer of the local side can turn a refused connection into an allowed one.
 *   3. A flow that has no entry, because it is older than the table or was evicted or timed out, is own if the packet's
 *      socket says so: it is a connected one, nobody listens on its local port, and the loader has not listed it as
 *      inbound. The direction of a packet tells nothing.
 *   4. A later fragment gets the verdict of the first. One whose first is not known, and whatever else cannot be read, is
 *      judged by the default action.
 *   5. Everything that is neither TCP nor UDP (ARP, ICMP, neighbour discovery, ...) passes, uncounted, and leaves
 *      no trace.
 *
 * Headers are copied to the stack: straight from the packet where they are in its linear part, which is the usual case
 * and costs next to nothing, otherwise by bpf_skb_load_bytes, which finds them in fragments too. So nothing depends on
 * how a packet is stored, and none is changed: bpf_skb_pull_data, the other way, may have to copy it.
 *
 * Rules are replaced as a whole: the loader fills a map that no packet has ever seen and puts it into the slot from which
 * packets take their rules. A verdict is of one rule set, the old or the new, and never of a mixture, and the kernel
 * frees the old map when no packet uses it any more. Where there is nothing to remember, there is no table.
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

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

#define MAX_VLAN_TAGS 2 /* in the frame; one more may be beside it, in vlan_tci */
#define MAX_EXTENSION_HEADERS 8

/*
 * What a stub tells in skb->cb. Between two programs at the same hook nobody else writes there, and nobody relies on it
 * (struct qdisc_skb_cb, net/sch_generic.h). It is part of the layout that FirewallIdentity.LAYOUT counts.
 */
enum {
    CB_SLOT = 0,
    CB_LINK_HEADER = 1, /* 1: Ethernet's 14 bytes are before the network header; 0: nothing is (tun) */
    CB_ID_LOW = 2,
    CB_ID_HIGH = 3,
};

#define ETHERNET_HEADER_BYTES 14

#define SECOND 1000000000ULL

/*
 * How long an entry is believed. When a TCP flow's, or that of a connected UDP socket, has timed out, the sockets decide:
 * so a long silence costs nothing, and a flow that has ended does not stay open.
 */
const volatile __u64 opening_ns = 120 * SECOND; /* after the SYN */
const volatile __u64 established_ns = 3600 * SECOND; /* after the last packet in */
const volatile __u64 closing_ns = 60 * SECOND; /* after the first FIN or RST */
const volatile __u64 udp_flow_ns = 180 * SECOND; /* after the local side's last packet */
const volatile __u64 fragment_ns = 30 * SECOND; /* after the first fragment; the stack itself waits no longer */

/* Blocked flows that are newly reported in a second, per CPU. */
const volatile __u32 blocked_flows_a_second = 64;

/*
 * Bit (port & 7) of byte (port >> 3): a packet to this port is refused. Nobody can name port 0: its bit is the default
 * action, 1 for block.
 */
struct rule_set {
    __u8 refused[65536 / 8];
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

/* One of a firewall's local side's own flows, ports in network byte order, IPv4 addresses as ::ffff:a.b.c.d. */
struct flow {
    __u8 remote[16];
    __u8 local[16];
    __u16 remote_port;
    __u16 local_port;
    __u8 protocol;
    __u8 reserved[3];
    __u64 firewall_id;
};

enum {
    FLOW_OPENING = 1,
    FLOW_ESTABLISHED = 2,
    FLOW_CLOSING = 3,
    FLOW_UDP = 4,
};

/*
 * What is known of a flow, in a table by key_of() it: hashing eight bytes takes the kernel less than half of what it takes for a
 * whole flow. Two flows may have one key: that an entry is of this flow, only the flow in it says.
 */
struct flow_state {
    __u64 seen_ns; /* bpf_ktime_get_coarse_ns at the packet from which the time runs */
    __u32 state;
    __u32 reserved;
    struct flow flow;
};

/* What the fragments of a datagram have in common; of IPv6, the protocol is 0: only the first fragment knows it. */
struct datagram {
    __u8 remote[16];
    __u8 local[16];
    __u32 id;
    __u8 protocol;
    __u8 is_ipv6;
    __u8 reserved[2];
    __u64 firewall_id;
};

struct first_fragment {
    __u64 seen_ns;
    __u8 allowed;
    __u8 protocol;
    __u8 reserved[6];
};

struct blocked_flow {
    __u64 firewall_id;
    __u8 remote[16];
    __u16 local_port; /* network byte order */
    __u8 protocol;
    __u8 reserved[5];
};

struct blocked_state {
    __u64 first_ns; /* bpf_ktime_get_coarse_ns */
    __u64 last_ns;
    __u64 packets;
};

struct traffic {
    __u64 packets;
    __u64 bytes; /* from the link header on */
};

enum kind {
    KIND_TCP,
    KIND_UDP,
    KIND_UNREADABLE,
    KINDS,
};

/* A packet is counted at one place: sums are the reader's affair. */
struct stats {
    struct traffic allowed[KINDS];
    struct traffic blocked[KINDS];
    __u64 flows_lost; /* own flows that could not be recorded: their answers may be refused */
    __u64 blocked_unreported; /* packets of blocked flows for which there was no room, or too many in the second */
    __u64 second_began_ns; /* of the limit on newly reported flows */
    __u64 reported_in_second;
};

/* What the stubs jump to. Two, since the kernel lets an array hold programs of one attach type only (6.18). */
struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, sizeof(__u32));
} ingress_program SEC(".maps"), egress_program SEC(".maps");

/* Of the maps of maps the loader sets how many slots they have: one for each firewall. */
#define SLOTS 1

/* Sizes, not types: clang leaves types out that only the map in a map names. */

/*
 * The rules in force; firewalls with the same ones may share a map. Never empty while attached. Nobody maps a rule set: the
 * flag makes the kernel allocate it by pages, 12 KB where it would be 16. The loader does without before Linux 5.5.
 */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, SLOTS);
    __type(key, __u32);
    __array(values, struct {
        __uint(type, BPF_MAP_TYPE_ARRAY);
        __uint(max_entries, 1);
        __uint(map_flags, BPF_F_MMAPABLE);
        __uint(key_size, sizeof(__u32));
        __uint(value_size, sizeof(struct rule_set));
    });
} rules SEC(".maps");

enum {
    REFUSES = 1, /* some ports: own flows are recorded, and first fragments */
};

/* Of each firewall: flags. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SLOTS);
    __type(key, __u32);
    __type(value, __u32);
} settings SEC(".maps");

/* The local sides' own flows: one table for all firewalls. Made when the first firewall refuses anything. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 1);
    __type(key, __u32);
    __array(values, struct {
        __uint(type, BPF_MAP_TYPE_LRU_HASH);
        __uint(max_entries, 1024);
        __uint(key_size, sizeof(__u64));
        __uint(value_size, sizeof(struct flow_state));
    });
} own_flows SEC(".maps");

/*
 * Flows of the local side's sockets that were there when their port became refused, and that it did not begin, as far as
 * could be told; an unconnected UDP socket by its cookie (see of_socket). Empty if there was none. The loader makes it as
 * large as it has to be: all of it is allocated at once, where the kernel would put dozens of elements in store for one.
 */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, SLOTS);
    __type(key, __u32);
    __array(values, struct {
        __uint(type, BPF_MAP_TYPE_HASH);
        __uint(max_entries, 1024);
        __uint(key_size, sizeof(struct flow));
        __uint(value_size, sizeof(__u32));
    });
} inbound_flows SEC(".maps");

/* What became of first fragments: one table for all firewalls. Made with the other. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 1);
    __type(key, __u32);
    __array(values, struct {
        __uint(type, BPF_MAP_TYPE_LRU_HASH);
        __uint(max_entries, 64);
        __uint(key_size, sizeof(struct datagram));
        __uint(value_size, sizeof(struct first_fragment));
    });
} datagrams SEC(".maps");

/* What was blocked, for the loader to take out. May be shared by firewalls. Empty if nobody asks. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, SLOTS);
    __type(key, __u32);
    __array(values, struct {
        __uint(type, BPF_MAP_TYPE_HASH);
        __uint(max_entries, 1024);
        __uint(key_size, sizeof(struct blocked_flow));
        __uint(value_size, sizeof(struct blocked_state));
    });
} blocked_flows SEC(".maps");

/* Counts, made with the firewall. Never empty while attached. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, SLOTS);
    __type(key, __u32);
    __array(values, struct {
        __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
        __uint(max_entries, 1);
        __uint(key_size, sizeof(__u32));
        __uint(value_size, sizeof(struct stats));
    });
} stats SEC(".maps");

enum outcome {
    NOT_OURS, /* neither TCP nor UDP */
    UNREADABLE,
    LATER_FRAGMENT, /* of TCP, of UDP, or of what IPv6 does not say */
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
    __u8 is_first_fragment;
    __u32 datagram_id;
};

/*
 * Some bytes of the packet, where it has them or copied; nothing if it has not as many. For offsets of few values, below
 * 2,048 (not behind IPv6 extension headers, whose lengths add up): the verifier follows each value of an offset apart
 * from where it is added to a packet pointer. In the packet they need not be
 * aligned: saying that they are makes the compiler load words, which the architectures that we support do anywhere.
 */
static __always_inline const void *header(struct __sk_buff *skb, __u32 offset, void *copy, __u32 size)
{
    void *data = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;

    offset &= 0x7ff; /* it is less anyway; this tells the verifier */
    if (likely(data + offset + size <= end))
        return data + offset;
    return bpf_skb_load_bytes(skb, offset, copy, size) ? 0 : copy;
}

/* The same for any offset, always copied. */
static __always_inline const void *far_header(struct __sk_buff *skb, __u32 offset, void *copy, __u32 size)
{
    return bpf_skb_load_bytes(skb, offset, copy, size) ? 0 : copy;
}

/* `near`, a constant: the offset is one for header(). */
static __always_inline enum outcome parse_transport(
    struct __sk_buff *skb, __u32 offset, int near, struct packet *packet)
{
    if (packet->protocol == IPPROTO_TCP) {
        struct tcp_header copy;
        const struct tcp_header *tcp =
            near ? header(skb, offset, &copy, sizeof(copy)) : far_header(skb, offset, &copy, sizeof(copy));

        if (!tcp)
            return UNREADABLE;
        packet->source = tcp->source;
        packet->destination = tcp->destination;
        packet->tcp_flags = tcp->flags;
        packet->headers_bytes = offset + (tcp->data_offset >> 4) * 4;
    } else {
        struct udp_header copy;
        const struct udp_header *udp =
            near ? header(skb, offset, &copy, sizeof(copy)) : far_header(skb, offset, &copy, sizeof(copy));

        if (!udp)
            return UNREADABLE;
        packet->source = udp->source;
        packet->destination = udp->destination;
        packet->tcp_flags = 0;
        packet->headers_bytes = offset + sizeof(*udp);
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
    struct ipv4_header copy;
    const struct ipv4_header *ip = header(skb, offset, &copy, sizeof(copy));
    __u32 header_bytes;

    if (!ip)
        return UNREADABLE;
    header_bytes = (ip->version_ihl & 0x0f) * 4;
    if (ip->version_ihl >> 4 != 4 || header_bytes < sizeof(*ip))
        return UNREADABLE;
    if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
        return NOT_OURS;
    packet->protocol = ip->protocol;
    if (unlikely(ip->fragment & swap16(0x3fff))) {
        packet->datagram_id = ip->id;
        if (swap16(ip->fragment) & 0x1fff)
            return LATER_FRAGMENT;
        packet->is_first_fragment = 1;
    }
    return parse_transport(skb, offset + header_bytes, 1, packet);
}

static __always_inline enum outcome parse_ipv6(struct __sk_buff *skb, __u32 offset, struct packet *packet)
{
    struct ipv6_header copy;
    const struct ipv6_header *ip = header(skb, offset, &copy, sizeof(copy));
    __u8 next;
    int i;

    if (!ip)
        return UNREADABLE;
    if ((*(const __u8 *)ip) >> 4 != 6)
        return UNREADABLE;
    next = ip->next_header;
    offset += sizeof(*ip);
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
            packet->datagram_id = extension.id;
            packet->is_first_fragment = swap16(extension.fragment) & 1;
            if (swap16(extension.fragment) & 0xfff8) {
                packet->is_first_fragment = 0;
                /* Not the first fragment. What the first began with is said here, if it was not yet another header. */
                next = extension.next_header;
                return next == IPPROTO_TCP || next == IPPROTO_UDP || is_extension(next) ? LATER_FRAGMENT : NOT_OURS;
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
    __u32 offset = skb->cb[CB_LINK_HEADER] ? ETHERNET_HEADER_BYTES : 0;
    int i;

#pragma unroll
    for (i = 0; i < MAX_VLAN_TAGS; i++) {
        __u16 copy[2] __attribute__((aligned(4)));
        const __u16 *tag; /* tag control information, then the type of what follows */

        if (likely(protocol != ETH_P_8021Q && protocol != ETH_P_8021AD))
            break;
        tag = header(skb, offset, copy, sizeof(copy));
        if (!tag)
            return UNREADABLE;
        protocol = swap16(tag[1]);
        offset += sizeof(copy);
    }
    packet->network_offset = offset;
    packet->is_ipv6 = protocol == ETH_P_IPV6;
    if (protocol == ETH_P_IP)
        return parse_ipv4(skb, offset, packet);
    if (protocol == ETH_P_IPV6)
        return parse_ipv6(skb, offset, packet);
    return protocol == ETH_P_8021Q || protocol == ETH_P_8021AD ? UNREADABLE : NOT_OURS;
}

/* Where the headers of a usual packet are: its ports first, where UDP and TCP have them. */
struct usual {
    const void *network;
    const struct tcp_header *transport;
    __u8 protocol;
};

/*
 * Is this a packet as nearly all are? With its headers in the linear part, no tag in the frame, no options, extension headers
 * or fragments, not GSO. Apart from parse(), which reads all there are: few values at hand are what makes a packet cheap.
 */
static __always_inline int is_usual(struct __sk_buff *skb, int is_ipv6, struct usual *usual)
{
    const void *network = (const void *)(long)skb->data + (skb->cb[CB_LINK_HEADER] ? ETHERNET_HEADER_BYTES : 0);
    const void *end = (const void *)(long)skb->data_end;

    if (skb->gso_segs > 1)
        return 0;
    usual->network = network;
    if (is_ipv6) {
        const struct ipv6_header *ip = network;

        usual->transport = network + sizeof(*ip);
        if ((const void *)usual->transport + sizeof(struct udp_header) > end || *(const __u8 *)ip >> 4 != 6)
            return 0;
        usual->protocol = ip->next_header;
    } else {
        const struct ipv4_header *ip = network;

        usual->transport = network + sizeof(*ip);
        if ((const void *)usual->transport + sizeof(struct udp_header) > end || ip->version_ihl != 0x45
            || ip->fragment & swap16(0x3fff))
            return 0;
        usual->protocol = ip->protocol;
    }
    return usual->protocol == IPPROTO_UDP
        || (usual->protocol == IPPROTO_TCP && (const void *)(usual->transport + 1) <= end);
}

static __always_inline __u64 firewall_id(struct __sk_buff *skb)
{
    return skb->cb[CB_ID_LOW] | (__u64)skb->cb[CB_ID_HIGH] << 32;
}

static __always_inline void copy_addresses(const void *network, int is_ipv6, int incoming, struct flow *flow)
{
    __u8 *source = incoming ? flow->remote : flow->local;
    __u8 *destination = incoming ? flow->local : flow->remote;

    if (is_ipv6) {
        const struct ipv6_header *ip = network;

        __builtin_memcpy(source, ip->source, sizeof(ip->source));
        __builtin_memcpy(destination, ip->destination, sizeof(ip->destination));
    } else {
        const struct ipv4_header *ip = network;

        source[10] = source[11] = 0xff;
        destination[10] = destination[11] = 0xff;
        __builtin_memcpy(source + 12, ip->source, sizeof(ip->source));
        __builtin_memcpy(destination + 12, ip->destination, sizeof(ip->destination));
    }
}

/* The packet's flow as the local side sees it. Read apart from parse(), since few packets need it. */
static __always_inline int flow_of(
    struct __sk_buff *skb, const struct packet *packet, int incoming, struct flow *flow)
{
    flow->remote_port = incoming ? packet->source : packet->destination;
    flow->local_port = incoming ? packet->destination : packet->source;
    flow->protocol = packet->protocol;
    flow->firewall_id = firewall_id(skb);
    if (packet->is_ipv6) {
        struct ipv6_header copy;
        const struct ipv6_header *ip = header(skb, packet->network_offset, &copy, sizeof(copy));

        if (!ip)
            return -1;
        copy_addresses(ip, 1, incoming, flow);
    } else {
        struct ipv4_header copy;
        const struct ipv4_header *ip = header(skb, packet->network_offset, &copy, sizeof(copy));

        if (!ip)
            return -1;
        copy_addresses(ip, 0, incoming, flow);
    }
    return 0;
}

/* What this firewall has in a map of maps. */
static __always_inline void *table(struct __sk_buff *skb, void *slots)
{
    __u32 slot = skb->cb[CB_SLOT];

    return bpf_map_lookup_elem(slots, &slot);
}

static __always_inline void *only(void *slots)
{
    __u32 zero = 0;

    return bpf_map_lookup_elem(slots, &zero);
}

/* A table for all firewalls, for one whose rules refuse anything. */
static __always_inline void *shared_table(struct __sk_buff *skb, void *slots)
{
    const __u32 *flags = table(skb, &settings);

    return flags && *flags & REFUSES ? only(slots) : 0;
}

static __always_inline const struct rule_set *current_rules(struct __sk_buff *skb)
{
    void *current = table(skb, &rules);

    return current ? only(current) : 0;
}

static __always_inline struct stats *current_stats(struct __sk_buff *skb)
{
    void *current = table(skb, &stats);

    return current ? only(current) : 0;
}

static __always_inline int refuses(const struct rule_set *rules, __u16 port_in_network_order)
{
    __u16 port = swap16(port_in_network_order);

    return (rules->refused[port >> 3] >> (port & 7)) & 1;
}

static __always_inline int refuses_by_default(const struct rule_set *rules)
{
    return rules->refused[0] & 1;
}

static __always_inline int begins(__u8 protocol, __u8 tcp_flags)
{
    return protocol == IPPROTO_TCP && (tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static __always_inline int begins_connection(const struct packet *packet)
{
    return begins(packet->protocol, packet->tcp_flags);
}

#define FLOW_WORDS (sizeof(struct flow) / sizeof(__u64))

/*
 * FlowTable.java computes the same. Random odd factors, so that no addresses and ports that occur together have one key; who
 * looks for some nevertheless finds flows of its own, since nobody knows another firewall's id, and gains that it forgets one.
 */
static __always_inline __u64 key_of(const struct flow *flow)
{
    const __u64 *word = (const void *)flow;

    return word[0] * 0x9e6c63d0876a3f6bULL + word[1] * 0xb5ad4eceda1ce2a9ULL + word[2] * 0xd1342543de82ef95ULL
        + word[3] * 0xaf251af3b0f025b5ULL + word[4] * 0xf1357aea2e62a9c5ULL + word[5];
}

static __always_inline int is_same(const struct flow *one, const struct flow *other)
{
    const __u64 *left = (const void *)one, *right = (const void *)other;
    __u64 difference = 0;
    __u32 i;

#pragma unroll
    for (i = 0; i < FLOW_WORDS; i++)
        difference |= left[i] ^ right[i];
    return !difference;
}

/* What is known of a flow, if anything is. */
static __always_inline struct flow_state *find(void *flows, const struct flow *flow)
{
    __u64 key = key_of(flow);
    struct flow_state *found = bpf_map_lookup_elem(flows, &key);

    return found && is_same(&found->flow, flow) ? found : 0;
}

static __always_inline void record(
    struct __sk_buff *skb, void *flows, const struct flow *flow, __u32 state, __u64 now)
{
    struct flow_state new_state = {.flow = *flow, .seen_ns = now, .state = state};
    __u64 key = key_of(flow);
    struct stats *all;

    if (!bpf_map_update_elem(flows, &key, &new_state, BPF_ANY))
        return;
    all = current_stats(skb);
    if (all)
        all->flows_lost += 1;
}

/* Has the flow an entry that is still believed? Moves its state on. Entries are only hints: races change no verdict. */
static __always_inline int is_recorded(void *flows, __u8 tcp_flags, const struct flow *flow, __u64 now)
{
    struct flow_state *known = find(flows, flow);
    __s64 age;

    if (!known)
        return 0;
    /* Signed: the clocks of two CPUs may differ by a hair, and a packet seen "later than now" is a fresh one. */
    age = now - known->seen_ns;
    if (flow->protocol == IPPROTO_UDP)
        return age < (__s64)udp_flow_ns;
    if (age >= (__s64)(known->state == FLOW_ESTABLISHED ? established_ns
                       : known->state == FLOW_OPENING   ? opening_ns
                                                        : closing_ns))
        return 0;
    if (tcp_flags & (TCP_FIN | TCP_RST)) {
        if (known->state != FLOW_CLOSING) {
            known->state = FLOW_CLOSING;
            known->seen_ns = now;
        }
    } else if (known->state == FLOW_OPENING) {
        if ((tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)) {
            known->state = FLOW_ESTABLISHED;
            known->seen_ns = now;
        }
    } else if (known->state == FLOW_ESTABLISHED && age > (__s64)SECOND) {
        known->seen_ns = now; /* not at each packet: the entry may be in another CPU's cache */
    }
    return 1;
}

/* The state of the socket that a packet would reach, 0 if there is none. */
static __always_inline __u32 socket_state(struct __sk_buff *skb, __u8 protocol, const void *tuple, __u32 size)
{
    struct bpf_sock *socket;
    __u32 state;

    /* -1 (BPF_F_CURRENT_NETNS): the interface's own network namespace. */
    if (protocol == IPPROTO_TCP)
        socket = bpf_sk_lookup_tcp(skb, tuple, size, -1, 0);
    else
        socket = bpf_sk_lookup_udp(skb, tuple, size, -1, 0);
    if (!socket)
        return 0;
    state = socket->state;
    bpf_sk_release(socket);
    return state;
}

#define TCP_ESTABLISHED 1 /* of UDP: connected */
#define TCP_SYN_SENT 2
#define TCP_LISTEN 10

/* See is_of_own_socket(). */
static __always_inline int sockets_say_own(struct __sk_buff *skb, const struct packet *packet, const struct flow *flow)
{
    struct {
        __u32 source[4];
        __u32 destination[4];
        __u16 source_port;
        __u16 destination_port;
    } tuple = {};
    __u32 state;

    /* struct bpf_sock_tuple: of IPv4, addresses of four bytes and the ports right behind. */
    if (packet->is_ipv6) {
        __builtin_memcpy(tuple.source, flow->remote, 16);
        __builtin_memcpy(tuple.destination, flow->local, 16);
        tuple.source_port = flow->remote_port;
        tuple.destination_port = flow->local_port;
    } else {
        __builtin_memcpy(&tuple.source[0], flow->remote + 12, 4);
        __builtin_memcpy(&tuple.source[1], flow->local + 12, 4);
        tuple.source[2] = flow->remote_port | (__u32)flow->local_port << 16; /* little endian, as we compile */
    }
    if (packet->is_ipv6)
        state = socket_state(skb, packet->protocol, &tuple, 36);
    else
        state = socket_state(skb, packet->protocol, &tuple, 12);
    if (packet->protocol == IPPROTO_UDP ? state != TCP_ESTABLISHED : state == 0 || state == TCP_LISTEN)
        return 0;
    if (packet->protocol == IPPROTO_TCP && state == TCP_SYN_SENT)
        return 1;
    /* The same from nowhere: only a socket that serves all comers can answer. */
    if (packet->is_ipv6) {
        __builtin_memset(tuple.source, 0, 16);
        tuple.source_port = 0;
        return socket_state(skb, packet->protocol, &tuple, 36) == 0;
    }
    tuple.source[0] = 0;
    tuple.source[2] = (__u32)flow->local_port << 16;
    return socket_state(skb, packet->protocol, &tuple, 12) == 0;
}

/* In assembly: clang would keep the address of cb[0] at hand, and the verifier takes none but the context's own. */
#define set_cb(skb, index, value) \
    asm volatile("*(u32 *)(%0 + %1) = %2" ::"r"(skb), \
                 "i"(__builtin_offsetof(struct __sk_buff, cb) + 4 * (index)), "r"(value) : "memory")

/*
 * Did the local side begin this flow, by what its sockets say? The packet has to reach a connected socket whose port would
 * not be served to a stranger: then it is no port that others connect to.
 *
 * Meanwhile nothing is in skb->cb. Older kernels ask there for the device that a packet came in by (inet_sdif() and
 * inet6_sdif(), as if IP had seen the packet), and find no socket for what they take for a VRF's; newer ones ask the device
 * (net/core/filter.c, "Fix bpf socket lookup from tc/xdp to respect socket VRF bindings").
 */
static __always_inline int is_of_own_socket(struct __sk_buff *skb, const struct packet *packet, const struct flow *flow)
{
    __u32 slot = skb->cb[CB_SLOT], link_header = skb->cb[CB_LINK_HEADER];
    __u32 id_low = skb->cb[CB_ID_LOW], id_high = skb->cb[CB_ID_HIGH];
    int own;

    set_cb(skb, CB_SLOT, 0);
    set_cb(skb, CB_LINK_HEADER, 0);
    set_cb(skb, CB_ID_LOW, 0);
    set_cb(skb, CB_ID_HIGH, 0);
    set_cb(skb, CB_ID_HIGH + 1, 0);
    own = sockets_say_own(skb, packet, flow);
    set_cb(skb, CB_SLOT, slot);
    set_cb(skb, CB_LINK_HEADER, link_header);
    set_cb(skb, CB_ID_LOW, id_low);
    set_cb(skb, CB_ID_HIGH, id_high);
    return own;
}

/*
 * Is this incoming packet part of a flow that the local side began? A SYN without ACK begins one from outside, whatever
 * ports it carries, so it never is.
 */
static __always_inline int belongs_to_own_flow(struct __sk_buff *skb, const struct packet *packet, const struct flow *flow)
{
    void *flows, *inbound;
    __u64 now;

    if (begins_connection(packet))
        return 0;
    flows = shared_table(skb, &own_flows);
    if (!flows)
        return 0;
    now = bpf_ktime_get_coarse_ns();
    if (is_recorded(flows, packet->tcp_flags, flow, now))
        return 1;
    inbound = table(skb, &inbound_flows);
    if (inbound && bpf_map_lookup_elem(inbound, flow))
        return 0;
    if (!is_of_own_socket(skb, packet, flow))
        return 0;
    if (packet->protocol == IPPROTO_UDP)
        record(skb, flows, flow, FLOW_UDP, now);
    else
        record(skb, flows, flow, FLOW_ESTABLISHED, now);
    return 1;
}

/* The flow must have its addresses; its ports do not matter. */
static __always_inline void datagram_of(
    const struct packet *packet, const struct flow *flow, struct datagram *datagram)
{
    __builtin_memcpy(datagram->remote, flow->remote, sizeof(datagram->remote));
    __builtin_memcpy(datagram->local, flow->local, sizeof(datagram->local));
    datagram->id = packet->datagram_id;
    datagram->protocol = packet->is_ipv6 ? 0 : packet->protocol;
    datagram->is_ipv6 = packet->is_ipv6;
    datagram->firewall_id = flow->firewall_id;
}

static __always_inline void remember_first_fragment(
    struct __sk_buff *skb, const struct packet *packet, const struct flow *flow, int allowed)
{
    struct first_fragment first = {
        .seen_ns = bpf_ktime_get_coarse_ns(), .allowed = allowed, .protocol = packet->protocol};
    struct datagram datagram = {};
    void *seen = shared_table(skb, &datagrams);

    if (!seen)
        return;
    datagram_of(packet, flow, &datagram);
    bpf_map_update_elem(seen, &datagram, &first, BPF_ANY); /* a failure makes the others orphans, which are judged, too */
}

/* What became of the first fragment, if it is known. */
static __always_inline enum outcome follow_first_fragment(
    struct __sk_buff *skb, struct packet *packet, const struct flow *flow, int *allowed)
{
    struct datagram datagram = {};
    struct first_fragment *first;
    void *seen = shared_table(skb, &datagrams);

    if (!seen)
        return UNREADABLE;
    datagram_of(packet, flow, &datagram);
    first = bpf_map_lookup_elem(seen, &datagram);
    if (!first || (__s64)(bpf_ktime_get_coarse_ns() - first->seen_ns) >= (__s64)fragment_ns)
        return UNREADABLE;
    *allowed = first->allowed;
    packet->protocol = first->protocol;
    return LATER_FRAGMENT;
}

/* Notes that a packet of this flow was blocked. Only newly reported flows are limited: a known one costs an addition. */
static __always_inline void report_blocked(struct __sk_buff *skb, const struct flow *flow)
{
    struct blocked_flow key = {.firewall_id = flow->firewall_id};
    __u64 packets = skb->gso_segs > 1 ? skb->gso_segs : 1;
    struct blocked_state *known;
    void *blocked = table(skb, &blocked_flows);
    struct stats *all;
    __u64 now;

    if (!blocked)
        return;
    __builtin_memcpy(key.remote, flow->remote, sizeof(key.remote));
    key.local_port = flow->local_port;
    key.protocol = flow->protocol;
    now = bpf_ktime_get_coarse_ns();
    known = bpf_map_lookup_elem(blocked, &key);
    if (!known) {
        struct blocked_state first = {.first_ns = now, .last_ns = now, .packets = packets};

        all = current_stats(skb);
        if (!all)
            return;
        if (now - all->second_began_ns >= SECOND) {
            all->second_began_ns = now;
            all->reported_in_second = 0;
        }
        if (all->reported_in_second < blocked_flows_a_second) {
            all->reported_in_second += 1;
            if (!bpf_map_update_elem(blocked, &key, &first, BPF_NOEXIST))
                return;
            known = bpf_map_lookup_elem(blocked, &key); /* another CPU was first, or the table is full */
        }
        if (!known) {
            all->blocked_unreported += packets;
            return;
        }
    }
    known->last_ns = now;
    __sync_fetch_and_add(&known->packets, packets);
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
    struct stats *all = current_stats(skb);
    __u64 packets = 1, bytes = skb->len;
    struct traffic *counted;

    if (!all)
        return;
    if (skb->gso_segs > 1) {
        packets = skb->gso_segs;
        if (outcome == READ)
            bytes += (packets - 1) * packet->headers_bytes;
    }
    counted = allowed ? all->allowed : all->blocked;
    if (unlikely(outcome == UNREADABLE))
        add(&counted[KIND_UNREADABLE], packets, bytes);
    else if (packet->protocol == IPPROTO_TCP)
        add(&counted[KIND_TCP], packets, bytes);
    else
        add(&counted[KIND_UDP], packets, bytes);
}

/* The verdict on any packet. */
static __noinline int judge(struct __sk_buff *skb)
{
    struct packet packet = {};
    enum outcome outcome = parse(skb, &packet);
    const struct rule_set *rules;
    int allowed;

    if (outcome == NOT_OURS)
        return VERDICT_NEXT;
    rules = current_rules(skb);
    if (!rules) /* never while attached */
        return VERDICT_DROP;
    allowed = outcome == READ ? !refuses(rules, packet.destination) : !refuses_by_default(rules);
    if (outcome != UNREADABLE && unlikely(!allowed || outcome == LATER_FRAGMENT || packet.is_first_fragment)) {
        struct flow flow = {};

        if (flow_of(skb, &packet, 1, &flow)) {
            outcome = UNREADABLE; /* never: it was read before */
            allowed = 0;
        } else if (outcome == LATER_FRAGMENT) {
            outcome = follow_first_fragment(skb, &packet, &flow, &allowed);
        } else {
            if (!allowed) {
                allowed = belongs_to_own_flow(skb, &packet, &flow);
                if (!allowed)
                    report_blocked(skb, &flow);
            }
            if (packet.is_first_fragment)
                remember_first_fragment(skb, &packet, &flow, allowed);
        }
    }
    account(skb, outcome, &packet, allowed);
    return allowed ? VERDICT_NEXT : VERDICT_DROP;
}

/* Forgets what the compiler has read of the packet, so that it need not keep it. */
#define forget_packet(skb) asm volatile("" : "+r"(skb)::"memory")

static __always_inline void account_usual(struct __sk_buff *skb, __u8 protocol)
{
    struct stats *all = current_stats(skb);

    if (all)
        add(&all->allowed[protocol == IPPROTO_TCP ? KIND_TCP : KIND_UDP], 1, skb->len);
}

/* A usual packet that the rules refuse: if its flow has no entry, judge() asks what else makes it an own one. */
static __always_inline int judge_usual_reply(struct __sk_buff *skb, int is_ipv6)
{
    struct flow flow = {};
    struct usual usual;
    __u8 tcp_flags = 0;
    void *flows;

    if (!is_usual(skb, is_ipv6, &usual))
        return judge(skb);
    if (usual.protocol == IPPROTO_TCP)
        tcp_flags = usual.transport->flags;
    if (begins(usual.protocol, tcp_flags))
        return judge(skb);
    flow.remote_port = usual.transport->source;
    flow.local_port = usual.transport->destination;
    flow.protocol = usual.protocol;
    flow.firewall_id = firewall_id(skb);
    copy_addresses(usual.network, is_ipv6, 1, &flow);
    flows = only(&own_flows); /* shared_table() without a look at the settings: these rules refuse something */
    if (!flows || !is_recorded(flows, tcp_flags, &flow, bpf_ktime_get_coarse_ns()))
        return judge(skb);
    account_usual(skb, flow.protocol);
    return VERDICT_NEXT;
}

/* A packet comes in to the local side: the verdict, at once where that is "next" for a usual packet. */
SEC("tcx/ingress")
int l4_ingress(struct __sk_buff *skb)
{
    const struct rule_set *rules;
    struct usual usual;

    if (likely(skb->protocol == swap16(ETH_P_IP))) {
        if (!is_usual(skb, 0, &usual))
            return judge(skb);
    } else if (skb->protocol != swap16(ETH_P_IPV6) || !is_usual(skb, 1, &usual)) {
        return judge(skb);
    }
    rules = current_rules(skb);
    if (!rules)
        return judge(skb);
    if (!refuses(rules, usual.transport->destination)) {
        account_usual(skb, usual.protocol);
        return VERDICT_NEXT;
    }
    forget_packet(skb);
    return skb->protocol == swap16(ETH_P_IP) ? judge_usual_reply(skb, 0) : judge_usual_reply(skb, 1);
}

/*
 * May what this UDP packet began be an own flow? Not if its socket was there before its port was refused. Without a socket
 * (another's packet, forwarded) there is only the direction to go by: it is believed where the port is refused by
 * default, not where the rules name it.
 */
static __always_inline int may_begin(struct __sk_buff *skb, const struct rule_set *rules)
{
    struct flow of_socket = {.protocol = IPPROTO_UDP, .firewall_id = firewall_id(skb)};
    __u64 cookie = bpf_get_socket_cookie(skb);
    void *inbound;

    if (!cookie)
        return refuses_by_default(rules);
    inbound = table(skb, &inbound_flows);
    if (!inbound)
        return 1;
    __builtin_memcpy(of_socket.remote, &cookie, sizeof(cookie));
    return !bpf_map_lookup_elem(inbound, &of_socket);
}

/* A packet leaves: remember whom the local side speaks to of its own accord, where the rules could refuse the answer. */
SEC("tcx/egress")
int l4_egress(struct __sk_buff *skb)
{
    struct packet packet = {};
    struct flow flow = {};
    const struct rule_set *rules;
    struct flow_state *known;
    void *flows = shared_table(skb, &own_flows);
    void *inbound;
    __u64 now;

    if (!flows || parse(skb, &packet) != READ)
        return VERDICT_NEXT;
    if (packet.protocol == IPPROTO_TCP && !(packet.tcp_flags & (TCP_FIN | TCP_RST)) && !begins_connection(&packet))
        return VERDICT_NEXT;
    rules = current_rules(skb);
    if (!rules || !refuses(rules, packet.source)) /* the answer comes in without our help */
        return VERDICT_NEXT;
    if (flow_of(skb, &packet, 0, &flow))
        return VERDICT_NEXT;
    now = bpf_ktime_get_coarse_ns();
    if (begins_connection(&packet)) {
        record(skb, flows, &flow, FLOW_OPENING, now);
        return VERDICT_NEXT;
    }
    known = find(flows, &flow);
    if (packet.protocol == IPPROTO_TCP) {
        if (known && known->state != FLOW_CLOSING) {
            known->state = FLOW_CLOSING;
            known->seen_ns = now;
        }
        return VERDICT_NEXT;
    }
    if (known) {
        known->seen_ns = now;
        return VERDICT_NEXT;
    }
    inbound = table(skb, &inbound_flows);
    if (inbound && bpf_map_lookup_elem(inbound, &flow)) /* a connected socket's */
        return VERDICT_NEXT;
    if (may_begin(skb, rules))
        record(skb, flows, &flow, FLOW_UDP, now);
    return VERDICT_NEXT;
}
