// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A unit that comes first and does not know what is in the structures, or has them inside a function. */
struct task_struct;
struct task_struct *elsewhere;

struct maple_range_64 {
	char pad[40];
	long pivot;
} other_node;

int inside(int v)
{
	struct mm_struct {
		int mm_mt, pgd;
	} s = {v, v};
	return s.mm_mt + s.pgd;
}
