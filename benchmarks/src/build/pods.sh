#!/bin/bash
# The controller with 1,000 pods on one node: how long it takes to attach to all, to change their rules, to attach to a new
# one; what a scrape takes; its memory, and its processor time while nothing happens; then the same with a fifth of a
# processor under the manifests' probes. Prints each figure beside what is promised; exit status 1 if a promise does not hold.
#
#   pods.sh [--pods N] [--added N] [--idle SECONDS] [--probed SECONDS] [--memory MIB]
#           [--scope node|cluster] [--cgroups v1|v2]
#
# As root, on Linux 6.6; wants gcc, a JDK, and the API server of .ci/kubernetes on the PATH or where that puts it. The pods are
# real network namespaces with a veth, real cgroups and a process each, and objects in a real API server as large as a
# cluster's. The controller runs from a runtime and with the flags of its image, as root, in a cgroup of 128 MiB (version 1:
# memory.usage_in_bytes, in which its maps and programs are). --probed 0 leaves the last part out, which takes ten minutes.
# Nothing is left: mounts are in a mount namespace of their own, and the processes end with this.
set -euo pipefail

usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
pods=1000 added=100 idle=60 probed=600 memory=128 scope=node cgroups=v2
while [ $# -gt 0 ]; do
    case $1 in
        --pods | --added | --idle | --probed | --memory | --scope | --cgroups)
            [ $# -ge 2 ] || usage
            printf -v "${1#--}" %s "$2"
            shift 2 ;;
        *) usage ;;
    esac
done

module=$(cd "$(dirname "$0")/../.." && pwd)
root=$(dirname "$module")
kubernetes=${JBPF_KUBERNETES:-/var/cache/jbpf/kubernetes}
export PATH=$kubernetes/current/bin:$PATH
for tool in kube-apiserver etcd gcc jlink unzip setcap; do
    command -v $tool >/dev/null || { echo "pods.sh: $tool is missing; see CONTRIBUTING.md" >&2; exit 2; }
done
work=$module/target/pods
mkdir -p "$work"
if [ -z "${JBPF_BUILT:-}" ]; then
    (cd "$root" && mvn -q -B -DskipTests -pl controller -am package)
fi
gcc -O2 -Wall -o "$work/pods" "$module/src/main/c/pods.c"

# All of this sees it where the image has it.
image=$work/image
rm -rf "$image"
"$root/deploy/image/assemble" "$root"/controller/target/jbpf-controller-*-SNAPSHOT.jar "$image" >"$work/assemble.log" 2>&1 ||
    { cat "$work/assemble.log"; exit 1; }
made=
[ -d /opt/jbpf ] || { made=yes; mkdir -p /opt/jbpf; }

directory=$(mktemp -d)
trap 'rm -rf --one-file-system "$directory"; [ -z "$made" ] || rmdir /opt/jbpf' EXIT
ulimit -n "$(ulimit -H -n)"
printf 'load average: %s, %s CPUs, Linux %s, %s pods, scope %s, cgroups %s\n' \
    "$(cut -d ' ' -f 1 /proc/loadavg)" "$(nproc)" "$(uname -r)" "$pods" "$scope" "$cgroups"
status=0
cd "$root/controller"
export image
export directory
mkdir "$directory/bpf"
unshare --mount --propagation private sh -c '
    mount --bind "$image" /opt/jbpf && mount -t bpf bpf "$directory/bpf" && mkdir "$directory/bpf/podconfigmap" && exec "$@"' sh \
    "${JAVA_HOME:+$JAVA_HOME/bin/}java" \
    -cp "$root/controller/target/test-classes:$root/controller/target/classes:$(cat "$root/controller/target/test-classpath.txt")" \
    io.jbpf.controller.scale.PodsBenchmark "pods=$pods" "added=$added" "idle=$idle" "probed=$probed" "memory=$memory" "scope=$scope" \
    "cgroups=$cgroups" launcher=/opt/jbpf/bin/jbpf-controller "program=$work/pods" "directory=$directory" \
    "deploy=$root/deploy" || status=$?
cp "$directory"/controller-*.log "$work" 2>/dev/null || true
exit $status
