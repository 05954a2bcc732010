// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What an ELF file says of itself: the build ID that the linker gave it, and text at an address. */
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "linux/symbols.h"

#define SHT_PROGBITS 1
#define SHT_NOTE 7
#define NT_GNU_BUILD_ID 3

/* ---- notes: System V ABI, "Note Section" ---- */

static void put_hex(char *out, const uint8_t *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		*out++ = digit[p[i] >> 4];
		*out++ = digit[p[i] & 15];
	}
	*out = 0;
}

static bool build_id(void *arg, const struct lx_section *s)
{
	const uint8_t *p = s->data;
	uint64_t left = s->type == SHT_NOTE ? s->size : 0;
	while (left >= 12) {
		uint64_t owner = load32(p, s->big), desc = load32(p + 4, s->big), type = load32(p + 8, s->big);
		uint64_t before = 12 + round_up(owner, 4), all = before + round_up(desc, 4);
		if (all > left)
			return false;
		if (type == NT_GNU_BUILD_ID && owner == 4 && memcmp(p + 12, "GNU", 4) == 0 && desc && desc <= LX_BUILD_ID / 2) {
			put_hex(arg, p + before, desc);
			return true;
		}
		p += all;
		left -= all;
	}
	return false;
}

void ptk_symbols_elf_build_id_(const uint8_t *file, size_t len, char out[LX_BUILD_ID + 1])
{
	*out = 0;
	ptk_symbols_elf_sections_(file, len, build_id, out);
}

/* ---- text ---- */

struct line {
	uint64_t va;
	char *out;
	size_t room;
};

static bool line(void *arg, const struct lx_section *s)
{
	struct line *l = arg;
	size_t n = 0;
	if (s->type != SHT_PROGBITS || !s->addr || l->va < s->addr || l->va - s->addr >= s->size)
		return false;
	const uint8_t *p = s->data + (l->va - s->addr);
	uint64_t left = s->size - (l->va - s->addr);
	for (; n < left && n + 1 < l->room && p[n] >= ' ' && p[n] <= '~'; n++)
		l->out[n] = (char)p[n];
	l->out[n] = 0;
	return true;
}

void ptk_symbols_elf_line_(const uint8_t *file, size_t len, uint64_t va, char *out, size_t room)
{
	struct line l = {va, out, room};
	*out = 0;
	ptk_symbols_elf_sections_(file, len, line, &l);
}
