#!/bin/sh
# jbpf's loader beside libbpf's in one run, on an object with more than 200 CO-RE relocations. Prints best and median in
# microseconds and the ratio jbpf / libbpf of each; exit status 1 if a best misses what the project promises.
#
#   loader.sh [ROUNDS]        as root; needs gcc and what .ci/peers fetches, else libbpf-dev (Debian's names)
#
# The peer is Debian sid's libbpf if .ci/peers has put it into JBPF_PEERS (/var/cache/jbpf/peers/sid), else this system's;
# the table says which. Both sides do all their rounds in one process, so both know already what the kernel can (libbpf
# probes it once, jbpf too) and jbpf's code is compiled. What each row has in it:
#
#   kernel-btf-parse     Both open /sys/kernel/btf/vmlinux, read or map it, check it and find every type's offset; nothing
#                        is kept from one round to the next. libbpf frees it within the time, jbpf leaves it to the
#                        collector. Neither has looked up a name, for which jbpf makes an index at the first.
#   open-and-load-fresh  From the object's file to programs in the kernel, and closed again. jbpf forgets the kernel's BTF
#                        before each round: it maps and parses it, and makes the index of its names, each time, as libbpf
#                        parses it for each object. Neither side has a cache of anything that the load reads.
#   open-and-load        The same with jbpf as it is used: it keeps the kernel's BTF for the process, which libbpf's
#                        interface has no way to do, so libbpf's time is the same in both rows.
#   first-open-and-load  The first load of a process, one measurement: with jbpf the JVM's classes, uncompiled code and the
#                        native binding are in it; the start of either process is not.
#   heap-retained-mb     What a first load leaves on jbpf's heap once the object is closed, in 10^6 bytes.
set -eu

rounds=${1:-200}
. "$(dirname "$0")/prepare"
object=$module/src/main/resources/bpf/core_relocations.bpf.o

newest_libbpf libbpf_loader

# shellcheck disable=SC2086 # a program and its argument
$run "$object" "$rounds" >"$work/libbpf.txt"
jbpf io.jbpf.benchmarks.LoaderBenchmark "$object" "$rounds" >"$work/jbpf.txt"
printf 'load average: %s, %s CPUs\n' "$(cut -d ' ' -f 1 /proc/loadavg)" "$(nproc)"
awk '
    function promise(what, value, limit) {
        printf "%-8s %s: %.2f, promised at most %s\n", value <= limit ? "holds" : "MISSED", what, value, limit
        if (value > limit) missed = 1
    }
    NR == FNR && $1 == "peer" { peer = "libbpf " substr($2, 2); next }
    NR == FNR { best[$1] = $2; median[$1] = $3; next }
    FNR == 1 {
        # libbpf parses the kernel for each object: its load is a fresh one.
        best["open-and-load-fresh"] = best["open-and-load"]; median["open-and-load-fresh"] = median["open-and-load"]
        printf "%-20s %15s %10s %12s %10s %7s %7s\n", "us", peer " best", "median", "jbpf best", "median", "best", "median"
    }
    $1 in best {
        ratio[$1] = $2 / best[$1]
        printf "%-20s %15.1f %10.1f %12.1f %10.1f %6.2fx %6.2fx\n", $1, best[$1], median[$1], $2, $3, ratio[$1], $3 / median[$1]
        next
    }
    { other[$1] = $2; printf "%-20s %15s %10s %12s\n", $1, "", "", $2 }
    END {
        if (other["core-relocations"] < 200) { print "the object has too few CO-RE relocations"; missed = 1 }
        promise("parsing the kernel\047s BTF, of " peer "\047s time", ratio["kernel-btf-parse"], 0.8)
        promise("opening and loading, of " peer "\047s time", ratio["open-and-load"], 0.4)
        promise("heap retained after a load, MB", other["heap-retained-mb"], 10)
        exit missed
    }' "$work/libbpf.txt" "$work/jbpf.txt"
