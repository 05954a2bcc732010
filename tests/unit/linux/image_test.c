// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Which parts of a kernel's image may hold what is looked for, by how they are mapped. */
#include <ptkit/ptkit.h>

#include "linux/image.h"

#include "lib/tap.h"

#define VA UINT64_C(0xffffffff81000000)

struct rights {
	bool exec, write;
};

static int see(void *arg, const uint8_t *p, size_t len, uint64_t va)
{
	*(unsigned *)arg |= 1u << (va - VA) / 4096;
	return 0;
}

/* Three parts of a page; expected is a bit for each that is handed out. */
static void parts(const struct rights r[3], enum lx_parts which, unsigned expected, const char *what)
{
	struct lx_view v = {0};
	struct lx_image im = {.n = 3};
	unsigned seen = 0;
	if (ptk_mem_new_image(0x1000000, 0x1002fff, &v.space.mem) < 0 ||
	    ptk_mem_write(v.space.mem, 0x1000000, &(uint8_t[3 * 4096]){0}, 3 * 4096, NULL) < 0)
		bail("no memory");
	for (unsigned i = 0; i < 3; i++) {
		im.part[i] = (struct lx_part){.first = VA + 4096 * i, .last = VA + 4096 * i + 4095, .pa = 0x1000000 + 4096 * i,
			.exec = r[i].exec, .write = r[i].write};
		im.has_data |= !r[i].exec;
	}
	is_int(ptk_image_each_(&v, &im, which, see, &seen), 0, "%s", what);
	is_int((int)seen, (int)expected, "the parts that it hands out");
	ptk_mem_close(v.space.mem);
}

int main(void)
{
	const struct rights protected[] = {{true, false}, {false, false}, {false, true}};
	const struct rights open[] = {{true, true}, {true, true}, {true, true}};
	const struct rights rodata_off[] = {{true, true}, {true, true}, {false, true}};
	parts(protected, LX_PARTS_DATA, 6, "a protected kernel: text holds no data");
	parts(protected, LX_PARTS_WRITABLE, 4, "variables");
	parts(protected, LX_PARTS_CONSTANTS, 2, "constants");
	parts(protected, LX_PARTS_ALL, 7, "all");
	parts(open, LX_PARTS_DATA, 7, "before anything is protected, all may be data");
	parts(rodata_off, LX_PARTS_DATA, 7, "with rodata=off too, though what was freed is not executable");
	return done();
}
