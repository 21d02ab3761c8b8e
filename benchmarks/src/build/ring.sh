#!/bin/sh
# jbpf's ring buffer beside libbpf's in one run: nanoseconds an event when a full ring is read, and millions of events a
# second while another thread writes all the time. Prints best and median and the ratio jbpf / libbpf of each; the two take
# turns, and the better of their turns counts. Exit status 1 if a best misses what the project promises.
#
#   ring.sh [ROUNDS [SECONDS [TURNS]]]    as root; needs gcc, libbpf-dev, libelf-dev, zlib1g-dev, and Linux 5.17
set -eu

rounds=${1:-500}
seconds=${2:-5}
turns=${3:-3}
. "$(dirname "$0")/prepare"
object=$module/src/main/resources/bpf/ring_stream.bpf.o
gcc -O2 -Wall -o "$work/ring_drain" "$module/src/main/c/ring_drain.c" -lbpf -lelf -lz -lpthread

: >"$work/libbpf.txt"
: >"$work/jbpf.txt"
while [ "$turns" -gt 0 ]; do
    "$work/ring_drain" "$object" "$rounds" "$seconds" >>"$work/libbpf.txt"
    jbpf io.jbpf.benchmarks.RingBufferDrain "$object" "$rounds" "$seconds" >>"$work/jbpf.txt"
    turns=$((turns - 1))
done
awk 'function better(name, a, b) { return name == "stream" ? a > b : a < b }
     { who = NR == FNR ? "libbpf" : "jbpf"
       if (!((who, $1) in best)) { best[who, $1] = $2; median[who, $1] = $3; if (NR == FNR) order[++n] = $1 }
       if (better($1, $2, best[who, $1])) best[who, $1] = $2
       if (better($1, $3, median[who, $1])) median[who, $1] = $3 }
     function promise(what, value, limit) {
       printf "%-8s %s: %.2f, promised at most %s\n", value <= limit ? "holds" : "MISSED", what, value, limit
       if (value > limit) missed = 1 }
     END { unit["drain"] = "ns an event"; unit["stream"] = "M events/s"; unit["dropped"] = "per cent"
           printf "%-22s %12s %12s %12s %12s %7s %7s\n", "", "libbpf best", "median", "jbpf best", "median", "best", "median"
           for (i = 1; i <= n; i++) { name = order[i]
               a = best["libbpf", name]; b = median["libbpf", name]; c = best["jbpf", name]; d = median["jbpf", name]
               printf "%-22s %12.2f %12.2f %12.2f %12.2f %6.2fx %6.2fx\n", name ", " unit[name], a, b, c, d, a ? c / a : 0, b ? d / b : 0 }
           promise("a drain, of libbpf\047s time", best["jbpf", "drain"] / best["libbpf", "drain"], 1.3)
           promise("libbpf\047s stream, of jbpf\047s", best["libbpf", "stream"] / best["jbpf", "stream"], 1)
           exit missed }' \
    "$work/libbpf.txt" "$work/jbpf.txt"
