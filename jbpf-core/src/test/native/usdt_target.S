# SPDX-License-Identifier: Apache-2.0
#
# A program of x86_64 with two places of one probe, for UsdtArgumentsTest. It needs no library. For every byte N that it
# reads it passes the two places, with arguments made of N, and writes the probe's semaphore (two bytes). It ends when
# there is nothing to read.
#
#   flags="-nostdlib -Wl,--build-id=none -Wl,-z,noseparate-code -s"
#   gcc-12 $flags -static -no-pie -o src/test/resources/elf/usdt_target src/test/native/usdt_target.S
#   gcc-12 $flags -static-pie -o src/test/resources/elf/usdt_target_pie src/test/native/usdt_target.S

# What sys/sdt.h makes of DTRACE_PROBE: a place to stop at, and a note that says where it and its arguments are.
.macro probe arguments
1:      nop
        .pushsection .note.stapsdt, "", "note"
        .balign 4
        .4byte 3f - 2f, 5f - 4f, 3
2:      .asciz "stapsdt"
3:      .balign 4
4:      .8byte 1b
        .8byte base
        .8byte semaphore
        .asciz "jbpf"
        .asciz "sample"
        .asciz "\arguments"
5:      .balign 4
        .popsection
.endm

        .section .stapsdt.base, "a", @progbits
base:   .space 1

        .section .probes, "aw", @progbits
        .balign 2
semaphore:
        .2byte 0

        .data
        .balign 8
table:  .4byte 100, 101, 102, 103, 104
bytes:  .byte 0, 0x80, 0x90, 0xa0

        .bss
byte:   .space 8

        .text
        .globl _start
_start:
        push %rbp
        mov %rsp, %rbp
        sub $64, %rsp
again:
        xor %eax, %eax                  # read(0, &byte, 1)
        xor %edi, %edi
        lea byte(%rip), %rsi
        mov $1, %edx
        syscall
        cmp $1, %rax
        jne end

        movzbl byte(%rip), %r12d        # N
        mov $-1, %rcx                   # all ones above what is asked for
        mov %r12b, %cl
        mov $0x0101010101010101, %rbx
        imul %r12, %rbx
        mov %r12d, %eax
        neg %eax
        imul $-100, %r12d, %edx
        mov %dx, -16(%rbp)
        mov %r12, (%rsp)
        lea table(%rip), %rsi
        mov $2, %edi
        lea bytes(%rip), %r8
        mov $1, %r9d
        probe "-4@%eax 8@%rbx -4@$-9 2@$70000 -2@-16(%rbp) 1@%cl 4@8(%rsi,%rdi,4) 8@(%rsp) -1@(%r8,%r9) 1@2(%r8)"

        imul $3, %r12d, %r10d
        probe "8@%r10"

        mov $1, %eax                    # write(1, &semaphore, 2)
        mov $1, %edi
        lea semaphore(%rip), %rsi
        mov $2, %edx
        syscall
        jmp again
end:
        mov $60, %eax                   # exit(0)
        xor %edi, %edi
        syscall
        .section .note.GNU-stack, "", @progbits
