/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * The RAM of a guest whose QEMU runs on this machine, where QEMU itself has it: a shared file that is mapped here too, or
 * the memory of its process.
 */
#ifndef MEM_GUEST_RAM_H
#define MEM_GUEST_RAM_H

#include "mem/mem.h"
#include "mem/qmp_client.h"

struct ptk_guest_ram;

/*
 * Find it and make sure that it is what the guest has; the guest is stopped. PTK_E_NOTSUP: there is no such way here, and
 * why. Any other failure is one of the monitor.
 */
int ptk_guest_ram_open_(struct ptk_qmp *q, struct ptk_guest_ram **out, struct ptk_err *err);
void ptk_guest_ram_close_(struct ptk_guest_ram *g);

/* Make a mem's own extents of it. */
int ptk_guest_ram_extents_(const struct ptk_guest_ram *g, struct ptk_mem *mem);

/* Whether its largest part is in a shared file. */
bool ptk_guest_ram_shared_(const struct ptk_guest_ram *g);

/* As struct ptk_mem_ops has them. */
int ptk_guest_ram_read_(struct ptk_guest_ram *g, uint64_t pa, void *buf, size_t len);
const void *ptk_guest_ram_map_(struct ptk_guest_ram *g, uint64_t pa, size_t *len);

/* How many bytes from pa on were never written, so are zeros. */
uint64_t ptk_guest_ram_empty_(const struct ptk_guest_ram *g, uint64_t pa);

#endif
