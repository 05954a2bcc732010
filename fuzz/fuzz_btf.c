// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Any bytes as a BTF that is asked for what processes take. */
#include "linux/proc/btf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ask[][2] = {
	        {"task_struct", "mm"},
	        {"task_struct", "comm"},
	        {"mm_struct", "mm_mt.ma_root"},
	        {"file", "f_path.mnt"},
	        {"loop", "x"},
	        {"task_struct", "mt.root"},
	        {"task_struct", "here"},
	        {"", ""},
	};
	struct lx_btf *b = NULL;
	struct lx_member m;
	size_t len = ptk_btf_size_(data, size, false);
	if (len > size)
		abort();
	if (ptk_btf_open_(data, size, 8, false, &b) < 0)
		return 0;
	for (size_t i = 0; i < sizeof ask / sizeof *ask; i++)
		ptk_btf_member_(b, ask[i][0], ask[i][1], &m);
	ptk_btf_close_(b);
	return 0;
}
