/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * What the kernel takes from a flattened device tree before it sets its tables up: banks, reservations, the initrd, the
 * command line. Bounded, and trusts nothing. Devicetree Specification 3.4, 3.5, 3.6, 5.
 */
#ifndef LINUX_BOOT_DEVTREE_H
#define LINUX_BOOT_DEVTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fdt_fact {
	FDT_BANK,     /* /memory: usable memory */
	FDT_RESERVED, /* the reservation block, or a child of /reserved-memory that has a place */
	FDT_NOMAP,    /* such a child with no-map */
	FDT_INITRD,
};

/* Told of each, in the order in which the kernel's early scan meets them; name is the node's, or NULL. 0, or an error. */
typedef int fdt_fact_fn(void *arg, enum fdt_fact fact, uint64_t first, uint64_t size, const char *name);

/* totalsize of the header at p, of which there are len bytes; 0: not a device tree. */
uint32_t fdt_total_(const void *p, size_t len);

/*
 * Tell the facts. bootargs: set to the command line in the blob, or NULL; may be NULL.
 * 0; -PTK_E_BADFMT; what fn returned.
 */
int fdt_facts_(const void *blob, size_t size, fdt_fact_fn *fn, void *arg, const char **bootargs);

#endif
