/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A guest's memory as QEMU's own dump of it, in a temporary file. */
#ifndef MEM_QMP_DUMP_H
#define MEM_QMP_DUMP_H

#include "mem/mem.h"
#include "mem/qmp_client.h"

/* Have QEMU write it and open it. QEMU stops the guest for that, and lets it run again if it ran. */
int ptk_qmp_dump_(struct ptk_mem *mem, struct ptk_qmp *q, const struct ptk_mem_opts *opts, struct ptk_err *err);

#endif
