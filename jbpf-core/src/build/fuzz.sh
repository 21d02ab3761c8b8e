#!/bin/sh
# Fuzzes the parsers of jbpf-core with Jazzer.
#
#   fuzz.sh [SECONDS [TARGET ...]]     30 minutes each, all targets: ELF BTF BTF_EXT INSTRUCTIONS BINARY OBJECT
#
# An input that takes more than a second, more memory than the heap below, or ends in anything but a model or a
# MalformedObjectException is a finding: it is written to target/fuzz/findings/TARGET-..., the exit status is 1. Put a
# mended one into src/test/resources/fuzz/TARGET, where a test tries it ever after. The corpus is kept in
# target/fuzz/corpus and goes on from there.
set -eu

seconds=${1:-1800}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- ELF BTF BTF_EXT INSTRUCTIONS BINARY OBJECT

module=$(cd "$(dirname "$0")/../.." && pwd)
cd "$module/.."
mvn -q -B -Pfuzz -pl jbpf-core -DskipTests test-compile dependency:build-classpath \
    -Dmdep.includeScope=test -Dmdep.outputFile="$module/target/fuzz/classpath.txt"
classpath=$module/target/test-classes:$module/target/classes:$(cat "$module/target/fuzz/classpath.txt")
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

work=$module/target/fuzz
"$java" -cp "$classpath" io.jbpf.fuzz.FuzzSeeds "$module/src/test/resources/bpf" "$work/seeds"
mkdir -p "$work/seeds/BINARY"
cp "$module"/src/test/resources/elf/* "$work/seeds/BINARY"
status=0
for target; do
    mkdir -p "$work/corpus/$target" "$work/findings"
    echo "== $target, $seconds s"
    (cd "$work" && "$java" -Xmx512m -Djbpf.fuzz.target="$target" -cp "$classpath" com.code_intelligence.jazzer.Jazzer \
        --target_class=io.jbpf.fuzz.JazzerDriver --instrumentation_includes='io.jbpf.**' --reproducer_path="$work" \
        --jvm_args="-Xmx512m:-Djbpf.fuzz.target=$target" \
        -max_total_time="$seconds" -timeout=1 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$work/findings/$target-" "$work/corpus/$target" "$work/seeds/$target" \
        >"$work/$target.log" 2>&1) || status=1
    tail -n 4 "$work/$target.log"
done
exit $status
