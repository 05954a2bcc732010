// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include "lib/mk.h"
#include "lib/tap.h"

static struct mk_ram ram;

static struct ptk_mem *open_ok(const char *path)
{
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	if (!ok(ptk_mem_open(path, NULL, &m, &err) == 0, "opens"))
		bail("%s", err.msg);
	return m;
}

static void notes(const struct ptk_mem *m)
{
	const struct ptk_mem_info *i = ptk_mem_info(m);
	if (!is_int((int64_t)i->nnotes, 3, "three notes"))
		return;
	is_str(i->note[0].name, "CORE", "the first's name");
	is_int(i->note[0].type, 1, "its type");
	ok(i->note[0].size == 7 && memcmp(i->note[0].data, "status.", 7) == 0, "its bytes");
	is_str(i->note[1].name, "VMCOREINFO", "the second's name");
	ok(i->note[1].size == 15 && memcmp(i->note[1].data, "OSRELEASE=6.12\n", 15) == 0, "its bytes");
	is_str(i->note[2].name, "", "one without a name");
	is_int(i->note[2].type, 7, "its type");
}

/* Both classes and byte orders, both ways to count headers, both paddings of notes. */
static void forms(void)
{
	for (unsigned f = 0; f < 32; f++) {
		struct mk_elf how = {.wide = f & 1, .big = f & 2, .machine = f & 4 ? 3 : 40, .extended = f & 8,
		                     .note_align = f & 16 ? 8 : 4};
		struct mk_buf b = {0};
		uint8_t got[64], want[64];
		mk_elf(&b, &ram, &how, NULL);
		struct ptk_mem *m = open_ok(mk_save(&b, "core"));
		const struct ptk_mem_info *i = ptk_mem_info(m);
		is_str(i->format, "elf", "form %u: the format", f);
		is_int(i->machine, how.machine, "the machine");
		is_int(i->big_endian, how.big, "the byte order");
		ok(!i->warning, "nothing to warn of");
		notes(m);
		is_int((int64_t)i->nextents, 2, "neighbours are merged");
		is_int(ptk_mem_read(m, 0x2fe0, got, 64, NULL), 0, "a read across segments");
		ok(mk_ram_read(&ram, 0x2fe0, want, 64) && memcmp(got, want, 64) == 0, "gives the bytes of both");
		ptk_mem_close(m);
		mk_free(&b);
	}
}

int main(void)
{
	mk_ram_add(&ram, 0x1000, 0x2000, 1);
	mk_ram_add(&ram, 0x3000, 0x1800, 2);
	mk_ram_add(&ram, 0x80000000, 0x3000, 3);
	forms();
	mk_ram_free(&ram);
	mk_cleanup();
	return done();
}
