/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Structures as a kernel has them: dwarf_types.c is compiled with -g for what DWARF says; offsetof() has the truth. */
#ifndef TESTS_DWARF_TYPES_H
#define TESTS_DWARF_TYPES_H

#include <stdint.h>

typedef int32_t pid_number;
typedef const volatile pid_number pid_qualified;

struct tree {
	uint32_t low : 3, high : 5;
	void *root;
};

struct mm_struct {
	struct {
		char pad[24];
		union {
			struct tree mm_mt;
			uint64_t first[2];
		};
		uint64_t *pgd;
	};
	unsigned long cpu_bitmap[];
};

union slot {
	uint64_t value;
	struct {
		uint8_t kind;
		uint32_t index;
	} part;
};

enum state { RUNNING, SLEEPING };

struct task_struct {
	char head[520];
	uint32_t flags;
	pid_qualified pid;
	enum state state;
	struct mm_struct *mm;
	union {
		struct {
			uint8_t deep_pad;
			union {
				uint16_t deep;
				uint8_t deep_bytes[2];
			};
		};
		uint64_t other;
	};
	char comm[16];
	uint16_t grid[3][5];
	union slot slot;
	struct mm_struct own; /* a member of the name of another's path */
};

#endif
