/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Small input files, whole. */
#ifndef PTKIT_FILE_H
#define PTKIT_FILE_H

#include <stddef.h>

/* Read a file of at most max bytes ("-": standard input). 0 and malloc()ed bytes with a NUL behind; else the exit code, said. */
int file_read(const char *path, size_t max, char **data, size_t *size);

#endif
