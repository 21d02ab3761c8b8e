#!/bin/sh
# A program attached to each of 1,000 veths in 50 network namespaces, listed, updated and detached, at TCX and at clsact: by
# jbpf beside a C program with libbpf, in turns and in one run. Prints the best turn of each in microseconds an operation
# and the ratio jbpf / libbpf; exit status 1 if attaching takes more than the promised 1.2 times as long, or if a filter of
# another's, of which each veth has one, is gone or sees no packets any more.
#
#   attach.sh [TURNS [NAMESPACES [VETHS]]]    as root, Linux 6.6; needs gcc and what .ci/peers fetches, else libbpf-dev
#
# A turn attaches and detaches 1,000 TCX programs on either side, for each of which the kernel waits out two grace periods:
# about a minute. At clsact libbpf touches whatever has the numbers it is told; jbpf lists the filters once before it
# attaches, updates or detaches. It does so by a socket for each namespace (as libbpf by two for each call); the rows "alone"
# are jbpf when the caller shares none and each filter has one of its own, and enters the namespace for it. The namespaces are
# gone with the process that made them, however it ends.
set -eu

turns=${1:-2}
namespaces=${2:-50}
veths=${3:-20}
. "$(dirname "$0")/prepare"
object=$module/src/main/resources/bpf/attach_veths.bpf.o

newest_libbpf attach_veths

ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -H -n)"
# shellcheck disable=SC2086 # a program and its argument
jbpf io.jbpf.benchmarks.AttachBenchmark "$object" "$namespaces" "$veths" "$turns" $run >"$work/result.txt"
printf 'load average: %s, %s CPUs\n' "$(cut -d ' ' -f 1 /proc/loadavg)" "$(nproc)"
awk '
    $2 == "peer" { peer = "libbpf " substr($3, 2); next }
    $1 == "others" { sub(/^others /, ""); print; next }
    !(($1, $2) in best) { best[$1, $2] = $3; if ($1 == "jbpf") order[++n] = $2 }
    $3 < best[$1, $2] { best[$1, $2] = $3 }
    END {
        if (n < 8) { print "not all was measured"; exit 1 }
        printf "%-20s %14s %12s %8s\n", "us, best turn", peer, "jbpf", "ratio"
        for (i = 1; i <= n; i++) {
            name = order[i]; theirs = name; sub(/-alone$/, "", theirs)
            ratio = best["jbpf", name] / best["libbpf", theirs]
            printf "%-20s %14.1f %12.1f %7.2fx", name, best["libbpf", theirs], best["jbpf", name], ratio
            if (name ~ /attach$/) {
                printf "  %s: promised at most 1.2", ratio <= 1.2 ? "holds" : "MISSED"
                if (ratio > 1.2) missed = 1
            }
            print ""
        }
        exit missed
    }' "$work/result.txt"
