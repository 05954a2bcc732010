// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Any bytes as a memory in which a kernel is looked for. The first byte picks the machine, the second whether a note is
 * there; then come records: a page number (2 bytes), an offset (2 bytes), a length (1 byte), and that many bytes. So a
 * small input can write tables here and text there.
 */
#include <stdlib.h>
#include <string.h>

#include "mem/mem.h"
#include "ptkit/linux.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAGES 2048u
#define BASE UINT64_C(0x40000000)

static void fill(struct ptk_mem *mem, const uint8_t *p, size_t n)
{
	while (n > 5) {
		uint64_t page = (p[0] | (unsigned)p[1] << 8) % PAGES, off = (p[2] | (unsigned)p[3] << 8) & 4095;
		size_t len = p[4] < n - 5 ? p[4] : n - 5;
		uint64_t pa = (p[1] & 0x80 ? 0 : BASE) + page * 4096 + off;
		ptk_mem_write(mem, pa, p + 5, len, NULL);
		p += 5 + len;
		n -= 5 + len;
	}
}

static void use(struct ptk_linux *lx)
{
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	struct ptk_space s[2];
	struct ptk_err err;
	uint64_t va;
	size_t sum = 0;
	if (!info->release || !info->arch || info->nkernels == 0)
		abort();
	for (size_t i = 0; i < info->nfacts; i++)
		sum += strlen(info->fact[i].key) + strlen(info->fact[i].value) + strlen(info->fact[i].how);
	for (size_t i = 0; i < info->nmarkers; i++)
		sum += strlen(info->marker[i].name) + (ptk_linux_region(lx, info->marker[i].va) != NULL);
	for (int t = PTK_TABLE_KERNEL; t <= PTK_TABLE_EFI; t++)
		if (ptk_linux_spaces(lx, (enum ptk_linux_table)t, s, &err) < 0 &&
		    (t == PTK_TABLE_KERNEL || !err.msg[0]))
			abort();
	if (sum == 0 || ptk_linux_symbol(lx, "", &va) != PTK_E_NOTFOUND)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t machines[] = {0, 3, 40, 62, 183, 243};
	struct ptk_linux_opts opts = {0};
	struct ptk_linux *lx = NULL;
	struct ptk_err err = {0};
	struct ptk_mem *mem;
	struct ptk_note note;
	if (size < 2 || ptk_mem_new_image(0, BASE + PAGES * 4096 - 1, &mem) < 0)
		return 0;
	mem->info.machine = machines[data[0] % (sizeof machines / sizeof *machines)];
	opts.find_all = data[1] & 1;
	opts.kernel = data[1] >> 1 & 3;
	opts.no_markers_in_ram = data[1] & 8;
	if (data[1] & 16) {
		note = (struct ptk_note){
		        .name = data[1] & 32 ? "QEMU" : "VMCOREINFO", .data = data + 2, .size = size - 2};
		mem->info.note = &note;
		mem->info.nnotes = 1;
	}
	fill(mem, data + 2, size - 2);
	int rc = ptk_linux_open(mem, &opts, &lx, &err);
	if ((rc < 0) != !lx || (rc < 0 && !err.msg[0]))
		abort();
	if (lx)
		use(lx);
	ptk_linux_close(lx);
	mem->info.note = NULL;
	mem->info.nnotes = 0;
	ptk_mem_close(mem);
	return 0;
}
