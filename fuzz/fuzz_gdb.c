// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Packets and target descriptions of a gdb stub. */
#include <stdlib.h>
#include <string.h>

#include "mem/gdb_remote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_include(void *arg, const char *annex)
{
	return strlen(annex) > 200 ? abort(), 0 : 0;
}

static void check_target(const struct ptk_gdb_target *t)
{
	if (strlen(t->arch) >= sizeof t->arch)
		abort();
	for (size_t i = 0; i < t->nregs; i++)
		if (strlen(t->reg[i].name) >= sizeof t->reg[i].name)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ptk_gdb_target t = {0};
	char *out = malloc(2 * size + 1);
	if (!out)
		return 0;
	int n = ptk_gdb_decode_(data, size, out, 2 * size);
	if (n > (int)(2 * size))
		abort();
	ptk_gdb_xml_(n > 0 ? out : (const char *)data, n > 0 ? (size_t)n : size, &t, on_include, NULL);
	check_target(&t);
	ptk_gdb_target_free_(&t);
	free(out);
	return 0;
}
