// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mk.h"
#include "lib/tap.h"

static void refused(const char *source, int code, const char *says)
{
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	is_int(ptk_mem_open(source, NULL, &m, &err), code, "%s", source);
	has_str(err.msg, says, "says why");
	ok(!m, "and gives nothing");
	ptk_mem_close(m);
}

/* A core that comes down a pipe: bash's <(...), or a FIFO. */
static void from_pipe(const struct mk_buf *core)
{
	const char *path = mk_path("fifo");
	struct ptk_mem *m = NULL;
	uint8_t b[8];
	unlink(path);
	if (mkfifo(path, 0600))
		bail("mkfifo");
	pid_t child = fork();
	if (child == 0) {
		int fd = open(path, O_WRONLY);
		for (size_t at = 0; at < core->n;) {
			ssize_t n = write(fd, core->p + at, core->n - at);
			if (n <= 0)
				_exit(1);
			at += (size_t)n;
		}
		_exit(0);
	}
	is_int(ptk_mem_open(path, NULL, &m, NULL), 0, "a core from a FIFO");
	is_int(m ? ptk_mem_read(m, 0x40000, b, 8, NULL) : -1, 0, "is readable");
	ptk_mem_close(m);
	waitpid(child, NULL, 0);
}

int main(void)
{
	struct mk_buf b = {0};
	mk_bytes(&b, "hello, world\n", 13);
	const char *text = mk_save(&b, "text");
	refused(text, PTK_E_BADFMT, "not a picture of memory");
	refused(text, PTK_E_BADFMT, "raw:");
	refused("/nonexistent/file", PTK_E_IO, "cannot open /nonexistent/file: No such file");
	refused("/", PTK_E_BADFMT, "is a folder");
	refused("rwa:/some/file", PTK_E_INVAL, "did you mean raw");
	b.n = 0;
	refused(mk_save(&b, "empty"), PTK_E_TRUNC, "is empty");
	/* A file whose name looks like a URI is a file. */
	if (chdir("/tmp") == 0) {
		const char *path = mk_path("weird:name");
		b.n = 1;
		mk_save(&b, "weird:name");
		struct ptk_err err = {0};
		struct ptk_mem *m;
		if (chdir("/") == 0)
			is_int(ptk_mem_open(path, NULL, &m, &err), PTK_E_BADFMT, "a name with a colon is opened");
	}
	if (getuid() != 0) {
		const char *path = mk_save(&b, "secret");
		chmod(path, 0);
		refused(path, PTK_E_PERM, "Permission denied");
	} else {
		skip("root may read everything");
	}
	struct mk_ram ram = {0};
	mk_ram_add(&ram, 0, 0x80000, 1);
	b.n = 0;
	mk_elf(&b, &ram, &(struct mk_elf){.wide = true}, NULL);
	from_pipe(&b);
	mk_ram_free(&ram);
	mk_free(&b);
	mk_cleanup();
	return done();
}
