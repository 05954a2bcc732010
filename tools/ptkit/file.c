// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* The next bytes of a pipe, which stay in it. Waits until there are some. */
static size_t peek(int fd, char *head, size_t size)
{
	int copy[2];
	if (pipe2(copy, O_CLOEXEC) < 0)
		return 0;
	ssize_t n = tee(fd, copy[1], size, 0);
	n = n > 0 ? read(copy[0], head, (size_t)n) : 0;
	close(copy[0]);
	close(copy[1]);
	return n > 0 ? (size_t)n : 0;
}

bool file_pipe_text(const char *path, int *fd)
{
	struct stat st;
	char head[4096];
	*fd = -1;
	if (stat(path, &st) < 0 || !S_ISFIFO(st.st_mode) || (*fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	size_t n = peek(*fd, head, sizeof head);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)head[i] < ' ' && !memchr("\t\n\r\033", head[i], 4))
			return false;
	return n > 0;
}
