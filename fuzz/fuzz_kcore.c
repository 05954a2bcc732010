// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A file that claims to be a /proc/kcore. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz_mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	char source[64];
	struct ptk_err err = {0};
	struct ptk_mem *m = NULL;
	if (fd < 0)
		fd = memfd_create("kcore", 0);
	if (fd < 0 || ftruncate(fd, 0) < 0 || (size && pwrite(fd, data, size, 0) != (ssize_t)size))
		return 0;
	snprintf(source, sizeof source, "kcore:/proc/self/fd/%d", fd);
	int r = ptk_mem_open(source, NULL, &m, &err);
	MUST(r <= 0 && (r == 0) == (m != NULL) && (r == 0 || err.msg[0]));
	if (m)
		fuzz_use(m);
	ptk_mem_close(m);
	return 0;
}
