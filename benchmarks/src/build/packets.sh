#!/bin/sh
# The L4 firewall beside nftables in one run: nanoseconds that a packet through a veth costs with nothing, with a firewall
# that refuses nothing, with one that allows the packet (TCX and clsact; 1 rule and 60,000), with a reply that the flow table
# lets in; and with nftables' ingress set, and its inet table with conntrack. The variants take many short turns; the best of
# each counts. Fails on a promise missed. What a program that looks at nothing costs at TCX is printed as well: no firewall there
# costs less, whatever is promised of its ratio to nftables. The firewall counts packets and bytes by verdict and protocol, which
# nftables' set alone does not: its costs with counters are printed beside.
#
#   packets.sh [TURNS [PACKETS]]    as root; installs nftables if it is missing
set -eu

turns=${1:-20}
packets=${2:-100000}
command -v nft >/dev/null || apt-get install -y -q nftables
. "$(dirname "$0")/prepare"
jbpf io.jbpf.benchmarks.PacketCost "$turns" "$packets"
