// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Tables as a raw image, in the memory's byte order. */
#include "base/endian.h"
#include "build/emit.h"

static void words(FILE *f, const struct emit *e, uint64_t pa, const uint64_t *word, size_t n)
{
	(void)pa;
	bool big = ptk_mem_info(e->space->mem)->big_endian;
	size_t size = (size_t)1 << e->space->regime.entry_shift;
	for (size_t i = 0; i < n; i++) {
		unsigned char b[8];
		if (size == 8)
			store64(b, word[i], big);
		else
			store32(b, (uint32_t)word[i], big);
		fwrite(b, size, 1, f);
	}
}

static int emit(const struct emit *e, struct ptk_err *err)
{
	static const struct emit_sink sink = {.words = words};
	return ptk_emit_text_(e, NULL, &sink, NULL, err);
}

const struct emitter ptk_emit_bin_ = {
	.name = "bin",
	.about = "raw bytes, to be loaded at the lowest table's address",
	.flat = true,
	.emit = emit,
};
