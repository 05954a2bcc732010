// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/mtree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- RAM ---- */

/*
 * "  0000000000100000-0000000007ffffff (prio 0, ram): pc.ram @0000000000100000 KVM". Reading does not disturb these kinds. Flash
 * ("romd") is left out: it is large, empty, and a device as soon as the guest writes to it.
 */
static bool ram_line(const char *line, size_t len, struct ptk_mtree_ram *e)
{
	static const char *const kinds[] = {"ram)", "rom)", "nv-ram)"};
	char text[200], kind[8];
	int at = 0;
	snprintf(text, sizeof text, "%.*s", (int)(len < sizeof text ? len : sizeof text - 1), line);
	if (sscanf(text, " %16" SCNx64 "-%16" SCNx64 " (prio %*d, %7[^:]: %n", &e->first, &e->last, kind, &at) != 3 || !at ||
	    e->last < e->first)
		return false;
	bool ram = false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		ram |= strcmp(kind, kinds[i]) == 0;
	char *end = strstr(text + at, " @");
	e->offset = end ? strtoull(end + 2, NULL, 16) : 0;
	/* Names may have blanks in them; what follows without an offset is an accelerator's. */
	size_t n = end ? (size_t)(end - text) - (size_t)at : strcspn(text + at, " \r\n");
	snprintf(e->name, sizeof e->name, "%.*s", (int)n, text + at);
	return ram;
}

size_t ptk_mtree_(const char *text, struct ptk_mtree_ram *out, size_t max)
{
	bool here = false;
	size_t n = 0;
	for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
		struct ptk_mtree_ram e;
		end = strchrnul(line, '\n');
		size_t len = (size_t)(end - line);
		if (len >= 8 && memcmp(line, "FlatView", 8) == 0) {
			if (here)
				break;
		} else if (len >= 12 && memcmp(line, " AS \"memory\"", 12) == 0) {
			here = true;
		} else if (here && n < max && ram_line(line, len, &e) && (n == 0 || e.first > out[n - 1].last)) {
			out[n++] = e;
		}
	}
	return n;
}

/* ---- registers ---- */

/* As printed, and as noted. RISC-V's stand apart from their values. */
static const struct {
	const char *word, *name;
} wanted[] = {
	{"RIP=", "rip"}, {"EIP=", "eip"}, {"CR0=", "cr0"}, {"CR2=", "cr2"}, {"CR3=", "cr3"}, {"CR4=", "cr4"}, {"EFER=", "efer"},
	{"pc ", "pc"}, {"satp ", "satp"}, {"mstatus ", "mstatus"},
};

static bool value_of(const char *text, const char *word, uint64_t *v)
{
	for (const char *p = text; (p = strstr(p, word)); p++) {
		const char *digits = p + strlen(word);
		char *end;
		if (p > text && p[-1] != ' ' && p[-1] != '\n')
			continue;
		digits += strspn(digits, " ");
		size_t n = strspn(digits, "0123456789abcdefABCDEF");
		*v = n == 8 || n == 16 ? strtoull(digits, &end, 16) : 0;
		if (n == 8 || n == 16)
			return true;
	}
	return false;
}

size_t ptk_mtree_registers_(const char *text, char *out, size_t room)
{
	size_t n = 0;
	uint64_t root;
	if (!value_of(text, "CR3=", &root) && !value_of(text, "satp ", &root))
		return 0;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		uint64_t v;
		if (!value_of(text, wanted[i].word, &v))
			continue;
		int len = snprintf(out + n, room - n, "%s=0x%" PRIx64 "\n", wanted[i].name, v);
		if (len < 0 || (size_t)len >= room - n)
			break;
		n += (size_t)len;
	}
	return n;
}
