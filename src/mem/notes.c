// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ELF notes: {namesz, descsz, type, name, descriptor}, each part padded (gABI, "Note Section"). */
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "mem/mem.h"

/* A dump has some notes a CPU; this is room for more CPUs than Linux can have. */
#define MAX_NOTES ((size_t)1 << 16)

int ptk_mem_note_(struct ptk_mem *mem, const char *name, size_t name_len, uint32_t type, const void *data, size_t size)
{
	size_t n = mem->info.nnotes;
	if (n == mem->note_room) {
		size_t room = n ? 2 * n : 8;
		struct ptk_note *more = realloc(mem->note, room * sizeof *more);
		if (!more)
			return PTK_E_NOMEM;
		mem->info.note = mem->note = more;
		mem->note_room = room;
	}
	char *copy = strndup(name, name_len);
	if (!copy)
		return PTK_E_NOMEM;
	mem->note[n] = (struct ptk_note){copy, type, data, size};
	mem->info.nnotes = n + 1;
	return 0;
}

const struct ptk_note *ptk_mem_note(const struct ptk_mem_info *info, const char *name, uint32_t type, unsigned nth)
{
	for (size_t i = 0; i < info->nnotes; i++)
		if (info->note[i].type == type && strcmp(info->note[i].name, name) == 0 && nth-- == 0)
			return &info->note[i];
	return NULL;
}

/* Step over size bytes and their padding; false if they are not all there. Padding may be missing at the end. */
static bool skip(uint64_t *at, uint64_t end, uint64_t size, unsigned align)
{
	if (size > end - *at)
		return false;
	*at += size;
	uint64_t pad = -*at & (align - 1);
	*at = pad > end - *at ? end : *at + pad;
	return true;
}

int ptk_mem_notes_(struct ptk_mem *mem, const uint8_t *data, uint64_t size, unsigned align, bool big)
{
	uint64_t at = 0;
	while (size - at >= 12) {
		uint64_t name_len = load32(data + at, big), len = load32(data + at + 4, big);
		uint32_t type = load32(data + at + 8, big);
		uint64_t name = at + 12;
		if (mem->info.nnotes == MAX_NOTES) {
			ptk_mem_warn_(mem, "more than %zu notes: the rest is left out", MAX_NOTES);
			return 0;
		}
		at = name;
		bool fits = skip(&at, size, name_len, align);
		uint64_t desc = at;
		if (!fits || !skip(&at, size, len, align)) {
			ptk_mem_warn_(mem, "note %zu is longer than the segment it is in", mem->info.nnotes);
			return 0;
		}
		int r = ptk_mem_note_(mem, (const char *)data + name, (size_t)name_len, type, data + desc, (size_t)len);
		if (r < 0)
			return r;
	}
	return 0;
}
