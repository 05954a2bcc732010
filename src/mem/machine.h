/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What the files through which a kernel shows its own machine's memory have in common. */
#ifndef MEM_MACHINE_H
#define MEM_MACHINE_H

#include <ptkit/error.h>

/* Read exactly len bytes; 0, PTK_E_PERM, PTK_E_NODATA (there is nothing) or PTK_E_IO. */
int ptk_machine_read_(int fd, uint64_t offset, void *buf, size_t len);

/* A short text file, terminated and cut to size; false: it cannot be read. */
bool ptk_machine_text_(const char *path, char *buf, size_t size);

/* Open for reading. The sentence says what permission, lockdown or configuration is in the way. *fd is set on success. */
int ptk_machine_open_(const char *path, const char *config, int *fd, struct ptk_err *err);

#endif
