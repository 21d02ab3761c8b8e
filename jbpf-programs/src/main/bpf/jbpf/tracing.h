/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* What programs on tracepoints, and iterators, use beyond bpf.h: tasks followed without helpers, enums of the kernel, tail calls. */
#ifndef JBPF_TRACING_H
#define JBPF_TRACING_H

#include <jbpf/bpf.h>


/* Goes on in the program of that slot, and does not come back; if the slot is empty, goes on here. 4.2 */
static long (*const bpf_tail_call)(void *ctx, void *program_array, __u32 slot) = (void *)12;

/* The task that runs, as a pointer that may be followed by plain loads. 5.11 */
static void *(*const bpf_get_current_task_btf)(void) = (void *)158;

/* Writes bytes that whoever reads the iterator gets. 5.8 */
struct seq_file;
static long (*const bpf_seq_write)(struct seq_file *to, const void *data, __u32 length) = (void *)127;

/* Whether the running kernel's enum has this name, and what number it has there: constants once loaded. */
#define core_enum_exists(type, name) __builtin_preserve_enum_value(*(type *)name, 0)
#define core_enum_value(type, name) __builtin_preserve_enum_value(*(type *)name, 1)

#endif
