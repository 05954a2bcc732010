// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

static int slurp(FILE *f, const char *path, size_t max, char **data, size_t *size)
{
	size_t room = 1 << 16, n = 0, got;
	char *buf = malloc(room + 1);
	while (buf && (got = fread(buf + n, 1, room - n, f)) > 0) {
		n += got;
		if (n > max) {
			free(buf);
			return fail(EXIT_SOURCE, "%s has more than %zu bytes", path, max);
		}
		if (n == room) {
			char *more = realloc(buf, 2 * room + 1);
			if (!more)
				free(buf);
			buf = more;
			room *= 2;
		}
	}
	if (!buf)
		return fail(EXIT_SOURCE, "out of memory");
	if (ferror(f)) {
		free(buf);
		return fail(EXIT_SOURCE, "cannot read %s: %s", path, strerror(errno));
	}
	buf[n] = 0;
	*data = buf;
	*size = n;
	return 0;
}

int file_read(const char *path, size_t max, char **data, size_t *size)
{
	if (strcmp(path, "-") == 0)
		return slurp(stdin, "standard input", max, data, size);
	FILE *f = fopen(path, "rb");
	if (!f)
		return fail(EXIT_SOURCE, "cannot open %s: %s", path, strerror(errno));
	int rc = slurp(f, path, max, data, size);
	fclose(f);
	return rc;
}
