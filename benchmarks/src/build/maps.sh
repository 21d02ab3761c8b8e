#!/bin/sh
# jbpf's maps beside libbpf's in one run: nanoseconds a lookup, update and delete in a hash map, and nanoseconds an entry
# when a whole one is read, in batches and by a program in the kernel. Prints best and median and the ratio jbpf / libbpf of
# each; the two take turns, and the better of their turns counts: where a process has its memory makes some percent. Exit
# status 1 if a best misses what the project promises.
#
# libbpf's program has one thread. A process with more pays the kernel more for each call with a descriptor, and every JVM has
# more: so libbpf's lookups, updates and deletes are also shown with a second thread that does nothing.
#
#   maps.sh [ROUNDS [ENTRIES [TURNS]]]    as root; needs gcc, libbpf-dev, libelf-dev, zlib1g-dev, and Linux 5.14
set -eu

rounds=${1:-40}
large=${2:-1000000}
turns=${3:-8}
. "$(dirname "$0")/prepare"
gcc -O2 -Wall -o "$work/map_operations" "$module/src/main/c/map_operations.c" -lbpf -lelf -lz -lpthread

: >"$work/libbpf.txt"
: >"$work/libbpf-threads.txt"
: >"$work/jbpf.txt"
while [ "$turns" -gt 0 ]; do
    "$work/map_operations" "$rounds" "$large" >>"$work/libbpf.txt"
    "$work/map_operations" "$rounds" 10000 2 >>"$work/libbpf-threads.txt"
    jbpf io.jbpf.benchmarks.MapComparison "$rounds" "$large" >>"$work/jbpf.txt"
    turns=$((turns - 1))
done
printf 'load average: %s, %s CPUs\n' "$(cut -d ' ' -f 1 /proc/loadavg)" "$(nproc)"
awk '
    function promise(what, value, limit) {
        printf "%-8s %s: %.2f, promised at most %s\n", value <= limit ? "holds" : "MISSED", what, value, limit
        if (value > limit) missed = 1
    }
    FNR == 1 { who = ++files == 1 ? "libbpf" : files == 2 ? "threads" : "jbpf" }
    {
      if (!((who, $1) in best)) { best[who, $1] = $2; median[who, $1] = $3; if (who == "jbpf") order[++n] = $1 }
      if ($2 < best[who, $1]) best[who, $1] = $2
      if ($3 < median[who, $1]) median[who, $1] = $3 }
    END {
        printf "%-22s %12s %10s %12s %10s %7s %7s\n", "ns", "libbpf best", "median", "jbpf best", "median", "best", "median"
        for (i = 1; i <= n; i++) {
            name = peer = order[i]
            sub(/^drain/, "batch", peer)
            ratio[name] = best["jbpf", name] / best["libbpf", peer]
            printf "%-22s %12.1f %10.1f %12.1f %10.1f %6.2fx %6.2fx\n", name, best["libbpf", peer], median["libbpf", peer], \
                best["jbpf", name], median["jbpf", name], ratio[name], median["jbpf", name] / median["libbpf", peer]
        }
        for (i = 1; i <= 3; i++)
            printf "%-22s %12.1f %10.1f %12s %10s %6.2fx %6.2fx\n", order[i] ", 2 threads", best["threads", order[i]], \
                median["threads", order[i]], "", "", best["jbpf", order[i]] / best["threads", order[i]], \
                median["jbpf", order[i]] / median["threads", order[i]]
        print "drain-* is compared with libbpf\047s batches: it has nothing else that reads a whole map"
        promise("a lookup, of libbpf\047s time", ratio["lookup"], 1.15)
        promise("an update, of libbpf\047s time", ratio["update"], 1.15)
        promise("a batch of 10,000, of libbpf\047s time", ratio["batch-small"], 1.10)
        promise("a large map in batches, of libbpf\047s time", ratio["batch-large"], 1.10)
        promise("a drain of 10,000, of libbpf\047s batch", ratio["drain-small"], 1 / 3)
        exit missed
    }' "$work/libbpf.txt" "$work/libbpf-threads.txt" "$work/jbpf.txt"
