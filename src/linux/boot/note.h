/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A boot that is told of, not found: the note of a snapshot, which has neither memblock nor the kernel's variables. */
#ifndef LINUX_BOOT_NOTE_H
#define LINUX_BOOT_NOTE_H

#include "linux/boot/boot.h"

/*
 * The text of the note (PTK_NOTE_BOOT) for a picture, free() it: the machine that the kernel was booted on and the evidence of
 * what it did since, or why they are not known. 0 or -PTK_E_NOMEM.
 */
int boot_note_(struct ptk_linux *lx, char **text, size_t *len);

/* What a note of the picture tells of this kernel. All of these: 1; 0: nothing, as there is none; a negative error. */

/* The machine. */
int boot_note_machine_(struct ptk_linux *lx, struct ptk_machine **out, struct ptk_err *err);
/* Evidence, sorted. */
int boot_note_evidence_(struct ptk_linux *lx, struct boot_evidence *e, struct ptk_err *err);
/* A line for `info`: 0 or -PTK_E_NOMEM. */
int boot_note_fact_(struct ptk_linux *lx);

#endif
