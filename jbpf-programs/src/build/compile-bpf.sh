#!/bin/sh
# Compiles every *.bpf.c of a directory into a *.bpf.o.
#
#   compile-bpf.sh SRC_DIR OUT_DIR
#
# Also written: OUT_DIR/compiler.txt, which names the compiler that made the bytes. The objects are committed, so that
# nobody needs clang to build or use jbpf; whoever changes a *.bpf.c runs this (or mvn -Pbpf -DskipTests package) and
# commits both. A test rebuilds them and compares, so the compiler is one definite version: Debian 12's clang-14.
#
# The same sources give the same bytes on every machine, in every directory and for every user:
#   - the sources are copied to a fresh directory and compiled there under relative names, and the compilation
#     directory that ends up in the BTF line info is ".";
#   - bpfel (little endian, as x86_64 and aarch64 both are) is named, not taken from the machine;
#   - headers come from beside the sources and from this module's src/main/bpf only, as <jbpf/...>, never from
#     /usr/include, whose contents differ from one release to the next.
#
# -mcpu=v2: everything a 5.4 kernel, our floor, can verify. v3 (32-bit registers) is accepted by 5.4 too, but its
# verifier does not yet track 32-bit bounds and refuses indexes that it follows without trouble in v2 code.
# -g is needed for BTF (types, CO-RE relocations, line info); the DWARF that comes with it is stripped again.
set -eu

[ $# -eq 2 ] || { echo "usage: compile-bpf.sh SRC_DIR OUT_DIR" >&2; exit 2; }
clang=${CLANG:-clang-14}
strip=${LLVM_STRIP:-llvm-strip-14}
for tool in "$clang" "$strip"; do
    command -v "$tool" >/dev/null || {
        echo "compile-bpf.sh: $tool not found; on Debian 12: apt-get install clang-14 llvm-14" >&2
        exit 1
    }
done

src=$(cd "$1" && pwd)
headers=$(cd "$(dirname "$0")/../main/bpf/jbpf" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)

build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
trap 'exit 1' HUP INT TERM
cp "$src"/*.bpf.c "$build"
for header in "$src"/*.h; do
    [ ! -e "$header" ] || cp "$header" "$build"
done
mkdir "$build/jbpf"
cp "$headers"/*.h "$build/jbpf"

cd "$build"
for source in *.bpf.c; do
    object=${source%.c}.o
    "$clang" -target bpfel -mcpu=v2 -O2 -g -std=gnu11 -nostdinc -I. \
        -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-declarations \
        -fdebug-compilation-dir=. -ffile-prefix-map="$build"=. \
        -c "$source" -o "$object"
    "$strip" -g "$object"
    cp "$object" "$out/$object"
    chmod 644 "$out/$object"
done
{
    echo "Made by src/build/compile-bpf.sh of jbpf-programs with:"
    "$clang" --version | head -n 1
} >"$out/compiler.txt"
