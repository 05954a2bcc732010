/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The files beside a machine file. */
#ifndef LINUX_BOOT_READ_H
#define LINUX_BOOT_READ_H

#include "linux/boot/boot.h"

/* Banks, reservations and the initrd from a device tree; symbols that the architecture wants from a kernel's. */
int boot_read_files_(struct ptk_machine *m, const struct ptk_machine_files *files, struct ptk_err *err);

/*
 * A machine from YAML, but for what boot_machine_version_() and boot_machine_finish_() do. comments: the text is of
 * ptk_machine_write(), and each value's comment tells where it comes from.
 */
int boot_machine_yaml_(struct ptk_machine *m, const char *text, size_t size, const char *name, bool comments,
                       struct ptk_err *err);

#endif
