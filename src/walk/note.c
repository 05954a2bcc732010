// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A space as a note in a core: tables that were built say by themselves how to read them. */
#include <inttypes.h>
#include <ptkit/walk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

int ptk_space_note(const struct ptk_space *s, char *out, size_t size)
{
	char regime[256];
	ptk_regime_format(&s->regime, regime, sizeof regime);
	return snprintf(out, size, "regime=%s\nroot=%#" PRIx64 "\n", regime, s->root);
}

/* The value of "key=" at the start of a line, copied out; notes are foreign bytes and not terminated. */
static bool line_value(const char *text, size_t size, const char *key, char *out, size_t room)
{
	size_t klen = strlen(key);
	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t len = end ? (size_t)(end - text) : size;
		if (len > klen && text[klen] == '=' && memcmp(text, key, klen) == 0 && len - klen - 1 < room) {
			memcpy(out, text + klen + 1, len - klen - 1);
			out[len - klen - 1] = 0;
			return true;
		}
		size -= end ? len + 1 : len;
		text += end ? len + 1 : len;
	}
	return false;
}

int ptk_space_find(struct ptk_space *s, struct ptk_mem *mem, struct ptk_err *err)
{
	const struct ptk_note *note = ptk_mem_note(ptk_mem_info(mem), PTK_NOTE_OWNER, PTK_NOTE_SPACE, 0);
	char text[256], root[32], *end;
	struct ptk_regime regime;
	if (!note)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "the picture has no note that names a root and a regime");
	if (!line_value(note->data, note->size, "regime", text, sizeof text) ||
	    !line_value(note->data, note->size, "root", root, sizeof root))
		return ptk_err_set_(err, PTK_E_BADFMT, "ptkit's note in the core names no regime or no root");
	uint64_t pa = strtoull(root, &end, 16);
	if (end == root || *end)
		return ptk_err_set_(err, PTK_E_BADFMT, "ptkit's note in the core: '%s' is no address", root);
	int rc = ptk_regime_parse(text, &regime, err);
	if (rc == 0)
		rc = ptk_space_init(s, mem, &regime, pa, err);
	return rc < 0 ? ptk_err_add_(err, rc, "ptkit's note in the core") : 0;
}
