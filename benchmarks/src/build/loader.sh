#!/bin/sh
# jbpf's loader beside libbpf's in one run: parsing the kernel's BTF, and opening and loading an object with 208 CO-RE
# relocations. Prints best and median in microseconds and the ratio jbpf / libbpf of each.
#
#   loader.sh [ROUNDS]        as root; needs gcc, libbpf-dev, libelf-dev, zlib1g-dev (Debian's names)
#
# What is compared: libbpf reads the kernel's BTF for each object it loads; jbpf reads it once for the process, so a
# process that loads one object and no more pays for "first-open-and-load", with the start of the JVM's classes in it.
set -eu

rounds=${1:-200}
module=$(cd "$(dirname "$0")/../.." && pwd)
object=$module/src/main/resources/bpf/core_relocations.bpf.o
work=$module/target/loader
mkdir -p "$work"
cd "$module/.."
mvn -q -B -DskipTests -pl benchmarks -am package dependency:build-classpath \
    -Dmdep.includeScope=runtime -Dmdep.outputFile='${project.build.directory}/loader-classpath.txt'
gcc -O2 -Wall -o "$work/libbpf_loader" "$module/src/main/c/libbpf_loader.c" -lbpf -lelf -lz
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

"$work/libbpf_loader" "$object" "$rounds" >"$work/libbpf.txt"
"$java" -cp "$module/target/classes:$(cat "$module/target/loader-classpath.txt")" \
    io.jbpf.benchmarks.LoaderBenchmark "$object" "$rounds" >"$work/jbpf.txt"
awk 'NR == FNR { best[$1] = $2; median[$1] = $3; next }
     FNR == 1 { printf "%-22s %12s %12s %12s %12s %7s %7s\n", "us", "libbpf best", "median", "jbpf best", "median", "best", "median" }
     $1 in best { printf "%-22s %12.1f %12.1f %12.1f %12.1f %6.2fx %6.2fx\n", $1, best[$1], median[$1], $2, $3, $2 / best[$1], $3 / median[$1]; next }
     { printf "%-22s %12s %12s %12.1f\n", $1, "", "", $2 }' "$work/libbpf.txt" "$work/jbpf.txt"
