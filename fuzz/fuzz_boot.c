// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Machine files and the device trees beside them: any bytes end in a machine whose boot ends, or in a sentence. */
#include <ptkit/boot.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int step(void *arg, const struct ptk_boot_step *s)
{
	unsigned *left = arg;
	if (!s->function)
		abort();
	return (*left)-- ? 0 : PTK_E_LIMIT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char board[] = "regime: arm-short\nkernel: 6.12\nvalues: {page_offset: 0xc0000000, phys_offset: 0x40000000}\n"
		"symbols: {_text: 0xc0008000, _stext: 0xc0100000, __init_begin: 0xc0200000, __init_end: 0xc0300000, _end: 0xc0400000}\n";
	struct ptk_machine *m;
	struct ptk_boot *b;
	struct ptk_err err = {0};
	struct ptk_machine_files files = {.dtb = data, .dtb_size = size};
	unsigned steps = 4096;
	struct ptk_boot_opts opts = {.trace = step, .arg = &steps};
	bool dtb = size > 4 && memcmp(data, "\xd0\x0d\xfe\xed", 4) == 0;
	int rc = dtb ? ptk_machine_read(board, sizeof board - 1, "board", &files, &m, &err)
	             : ptk_machine_read((const char *)data, size, "machine", NULL, &m, &err);
	if (rc < 0) {
		if (!err.msg[0])
			abort();
		return 0;
	}
	if (ptk_boot_run(m, &opts, &b, &err) == 0)
		ptk_boot_free(b);
	ptk_machine_free(m);
	return 0;
}
