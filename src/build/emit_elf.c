// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Tables as an ELF core with ptkit's own note, so that it can be read back without being told how. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "build/emit.h"

static int emit(const struct emit *e, struct ptk_err *err)
{
	char text[320];
	size_t nnotes = e->opts->nnotes + 1;
	CLEANUP_FREE struct ptk_note *note = malloc(nnotes * sizeof *note);
	CLEANUP_FREE struct ptk_extent *extent = malloc(e->ntables * sizeof *extent);
	if (!extent || !note)
		return ptk_err_set_(err, PTK_E_NOMEM, "out of memory");
	note[0] = (struct ptk_note){.name = PTK_NOTE_OWNER, .type = PTK_NOTE_SPACE, .data = text};
	note[0].size = (size_t)ptk_space_note(e->space, text, sizeof text);
	for (size_t i = 1; i < nnotes; i++)
		note[i] = e->opts->note[i - 1];
	size_t n = 0;
	for (size_t i = 0; i < e->ntables; i++) {
		struct ptk_extent x = {e->table[i].pa, e->table[i].pa + e->table[i].size - 1};
		if (n && extent[n - 1].last + 1 >= x.first)
			extent[n - 1].last = x.last > extent[n - 1].last ? x.last : extent[n - 1].last;
		else
			extent[n++] = x;
	}
	return ptk_mem_write_core(e->space->mem, e->path, ptk_regime_machine(&e->space->regime), extent, n, note, nnotes, err);
}

const struct emitter ptk_emit_elf_ = {
	.name = "elf",
	.about = "an ELF core that ptkit and other tools read",
	.emit = emit,
};
