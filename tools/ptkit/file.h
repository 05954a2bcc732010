/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Small input files, whole. */
#ifndef PTKIT_FILE_H
#define PTKIT_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Read a file of at most max bytes ("-": standard input). 0 and malloc()ed bytes with a NUL behind; else the exit code, said. */
int file_read(const char *path, size_t max, char **data, size_t *size);

/*
 * Whether a pipe begins like a text. Looks without taking anything out; a descriptor that keeps the pipe open meanwhile,
 * to be closed by the caller, is left in *fd: -1 if this is no pipe.
 */
bool file_pipe_text(const char *path, int *fd);

#endif
