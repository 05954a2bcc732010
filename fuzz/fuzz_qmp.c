// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What QEMU's monitor says: JSON, and the texts that come in it. */
#include <stdlib.h>
#include <string.h>

#include "mem/json.h"
#include "mem/mtree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every node lies in the text, and what follows it lies behind it. */
static void check(const struct ptk_json *j, size_t size)
{
	for (uint32_t i = 0; i < j->n; i++) {
		const struct ptk_json_node *n = &j->node[i];
		uint64_t v;
		if (n->at > size || n->len > size - n->at || n->next <= i || n->next > j->n)
			abort();
		char *s = ptk_json_string_(j, i);
		if (s && strlen(s) > n->len)
			abort();
		free(s);
		ptk_json_u64_(j, i, &v);
		ptk_json_get_(j, i, "return");
		uint32_t steps = 0;
		for (uint32_t e = ptk_json_first_(j, i); e; e = ptk_json_after_(j, i, e))
			if (++steps > j->n)
				abort();
	}
}

static void check_text(const char *text)
{
	struct ptk_mtree_ram ram[16];
	char registers[256];
	size_t n = ptk_mtree_(text, ram, 16);
	for (size_t i = 0; i < n; i++)
		if (ram[i].last < ram[i].first || (i && ram[i].first <= ram[i - 1].last) || strlen(ram[i].name) >= sizeof ram[i].name)
			abort();
	if (ptk_mtree_registers_(text, registers, sizeof registers) > sizeof registers)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ptk_json j = {0};
	char *text = malloc(size + 1);
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	if (size < 4096 && ptk_json_parse_(&j, text, size) == 0)
		check(&j, size);
	ptk_json_free_(&j);
	check_text(text);
	free(text);
	return 0;
}
