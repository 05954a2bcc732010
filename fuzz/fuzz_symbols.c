// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Any bytes as a file of symbols: System.map, kallsyms, ELF. */
#include "linux/symbols.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lx_symtab *st = NULL;
	struct ptk_err err = {0};
	uint64_t va;
	int rc = ptk_symbols_load_(data, size, &st, &err);
	if ((rc < 0) != !st || (rc < 0 && !err.msg[0]))
		abort();
	if (!st)
		return 0;
	ptk_symbols_find_(st, "_stext", &va);
	ptk_symbols_pgd_(st, &va);
	if (ptk_symbols_count_(st) > size)
		abort();
	ptk_symbols_close_(st);
	return 0;
}
