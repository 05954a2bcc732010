// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit inside another program: memory through a callback of our own, one translation, one listing of ranges. */
#include <inttypes.h>
#include <ptkit/ptkit.h>
#include <stdio.h>
#include <string.h>

/* Four x86-64 tables at physical 0x1000: 0x400000..0x601fff maps to physical 0x200000, first 2M at once, then two pages. */
static uint64_t ram[5][512] = {
	[1] = {0x2007}, [2] = {0x3007}, [3] = {[2] = 0x2000e7, [3] = 0x4007}, [4] = {0x400067, 0x401067},
};

static int my_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	if (pa > sizeof ram || len > sizeof ram - pa)
		return PTK_E_NODATA;
	memcpy(buf, (const char *)arg + pa, len);
	return 0;
}

static int print(void *arg, const struct ptk_range *r)
{
	char rights[8];
	ptk_render_rights(&r->attr, rights);
	printf("%#" PRIx64 "-%#" PRIx64 " -> %#" PRIx64 " %s\n", r->first, r->last, r->pa, rights);
	return 0;
}

int main(void)
{
	struct ptk_mem_ops ops = {.read = my_read};
	struct ptk_mem *mem;
	struct ptk_regime regime;
	struct ptk_space space;
	struct ptk_err err;
	uint64_t pa;
	if (ptk_mem_new(&ops, ram, NULL, 0, &mem) || ptk_regime_parse("x86-64", &regime, &err) ||
	    ptk_space_init(&space, mem, &regime, 0x1000, &err))
		return 1;
	if (ptk_translate(&space, 0x600abc, &pa) == 1)
		printf("0x600abc is at %#" PRIx64 "\n", pa);
	int rc = ptk_ranges(&space, &(struct ptk_range_opts){.join_levels = true}, print, NULL, NULL, &err);
	ptk_mem_close(mem);
	return rc < 0;
}
