#!/bin/sh
# What the syscall counter adds to a system call, in one run beside nothing, empty programs and bpftrace's
# @[pid] = count(): nanoseconds a getppid(2). Each kind has many short turns in each of some rounds, and the best of all
# counts, so that it can run beside other work. Exit status 1 if a best misses what the project promises.
#
#   syscalls.sh [ROUNDS [TURNS]]    as root; needs gcc, cgroup v2 and Linux 5.11; installs bpftrace with apt if it can
set -eu

rounds=${1:-5}
turns=${2:-400}
command -v bpftrace >/dev/null || apt-get -qq install -y --no-install-recommends bpftrace >/dev/null 2>&1 ||
    echo "bpftrace is missing and cannot be installed" >&2
cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$cgroups" ] || { echo "syscalls.sh: no cgroup v2 is mounted" >&2; exit 2; }
. "$(dirname "$0")/prepare"
gcc -O2 -Wall -o "$work/getppid_cost" "$module/src/main/c/getppid_cost.c"

printf 'load average: %s, %s CPUs\n' "$(cut -d ' ' -f 1 /proc/loadavg)" "$(nproc)"
jbpf io.jbpf.programs.SyscallCosts \
    "$module/src/main/resources/bpf/empty_enter.bpf.o" "$work/getppid_cost" "$cgroups/jbpf-costs-$$" "$rounds" "$turns"
