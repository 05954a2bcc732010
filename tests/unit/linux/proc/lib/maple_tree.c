// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The file that a structure is of, behind one that has another of that name. */
struct maple_range_64 {
	char pad[24];
	long pivot;
} node;
